//! Keys of service accounts: objects that are made from what the identity provider knows, and kept nowhere else.

use hyper::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::accounts;
use super::catalog::Resource;
use super::form::Form;
use super::metadata;
use super::path::Target;
use super::plane::Plane;
use super::selector::Selector;
use super::status::{Cause, Status};
use super::view::View;
use super::write::{self, Received};
use crate::emulator::State;
use crate::emulator::exchange::{Call, Reply};
use crate::emulator::keys::PublicKey;
use crate::emulator::machines::{Generation, Machine, MachineKey};
use crate::sys::clock;

/// Keys belong to projects; whoever asks for them elsewhere is told so.
pub(super) fn check_plane(plane: &Plane, target: &Target<'_>, generation: Generation) -> Result<(), Status> {
    let is_key =
        (target.group, target.version, target.plural) == ("identity.miloapis.com", "v1alpha1", generation.keys());
    match is_key && !matches!(plane, Plane::Project(..)) {
        true => Err(Status::bad_request(format!(
            "requests for {}.{} must be made within a project context",
            target.plural, target.group
        ))),
        false => Ok(()),
    }
}

/// A verb on the keys of a project's accounts.
pub(super) fn answer(call: &mut Call<'_>, verb: &str, view: &View, name: &str) -> Result<Reply, Status> {
    let Plane::Project(project, generation) = &view.plane else { return Err(Status::no_such_path()) };
    let keys = Keys { resource: view.resource, project, generation: *generation };
    match verb {
        "create" => keys.create(call, view),
        "list" => keys.list(call),
        "get" => {
            let (machine, key) = keys.find(call.state, name)?;
            Ok(Reply::ok(&Form::of(call.request)?.one(view.resource, &keys.object(machine, key), true)))
        }
        "delete" => keys.delete(call, name),
        _ => Err(Status::method_not_allowed()),
    }
}

/// The keys of one project's accounts.
struct Keys<'a> {
    resource: &'static Resource,
    project: &'a str,
    generation: Generation,
}

impl Keys<'_> {
    /// The object that shows a key; its name is the key's id.
    fn object(&self, machine: &Machine, key: &MachineKey) -> Value {
        json!({
            "apiVersion": self.resource.api_version(), "kind": self.resource.kind,
            "metadata": {"name": key.id, "creationTimestamp": metadata::time(key.created)},
            "spec": {self.generation.user_name_field(): machine.email, "expirationDate": metadata::time(key.expires)},
            "status": {"authProviderKeyID": key.id},
        })
    }

    fn find<'a>(&self, state: &'a State, name: &str) -> Result<(&'a Machine, &'a MachineKey), Status> {
        let of = |machine: &'a Machine| machine.keys.iter().map(move |key| (machine, key));
        let found = state.machines.of_project(self.project).flat_map(of).find(|(_, key)| key.id == name);
        found.ok_or_else(|| Status::not_found(self.resource, name))
    }

    /// The account of this project with this email.
    fn account<'a>(&self, state: &'a State, email: &str) -> Result<&'a Machine, Status> {
        let found = state.machines.of_project(self.project).find(|machine| machine.email == email);
        found.ok_or_else(|| match accounts::resource(self.generation) {
            Some(resource) => Status::not_found(resource, email),
            None => Status::no_such_path(),
        })
    }

    fn list(&self, call: &Call<'_>) -> Result<Reply, Status> {
        let (form, selector) = (Form::of(call.request)?, Selector::of(call.request, self.resource)?);
        if let Some(email) = selector.wanted(&format!("/spec/{}", self.generation.user_name_field())) {
            self.account(call.state, email)?;
        }
        let of = |machine: &Machine| machine.keys.iter().map(|key| self.object(machine, key)).collect::<Vec<_>>();
        let objects: Vec<_> = call.state.machines.of_project(self.project).flat_map(of).collect();
        let shown: Vec<_> = objects.iter().filter(|object| selector.matches(object)).collect();
        Ok(Reply::new(StatusCode::OK, "application/json", form.list(self.resource, json!({}), &shown)))
    }

    fn delete(&self, call: &mut Call<'_>, name: &str) -> Result<Reply, Status> {
        let (machine, key) = self.find(call.state, name)?;
        let (id, object) = (machine.id.clone(), self.object(machine, key));
        if !write::check_deletion(call.request, self.resource, &object)? {
            let machine = call.state.machines.get_mut(&id);
            machine.into_iter().for_each(|machine| machine.keys.retain(|key| key.id != name));
        }
        Ok(Reply::ok(&write::deleted(self.resource, &object)))
    }

    fn create(&self, call: &mut Call<'_>, view: &View) -> Result<Reply, Status> {
        let Received { mut object, warnings, dry_run } = write::receive(call.request, view)?;
        metadata::forget(&mut object, "status");
        write::check(self.generation, self.resource, &object, None)?;
        let form = Form::of(call.request)?;
        let wish = self.wish(&object)?;
        let email = object["spec"][self.generation.user_name_field()].as_str().unwrap_or_default();
        let id = self.account(call.state, email)?.id.clone();
        metadata::forget(&mut object["spec"], "publicKey");
        metadata::forget(&mut object["metadata"], "uid");
        object["metadata"]["creationTimestamp"] = metadata::time(clock::now()).into();
        object["spec"]["expirationDate"] = metadata::time(wish.expires).into();
        if !dry_run {
            let (key, file) = wish.grant(call.state, &id);
            object["metadata"]["creationTimestamp"] = metadata::time(key.created).into();
            object["status"] = json!({"authProviderKeyID": key.id});
            if let Some(file) = file {
                object["status"]["privateKey"] = file.into();
            }
            call.state.machines.get_mut(&id).into_iter().for_each(|machine| machine.keys.push(key.clone()));
        }
        let reply = Reply::json(StatusCode::CREATED, &form.one(self.resource, &object, true));
        Ok(warnings.iter().fold(reply, |reply, warning| reply.warn(warning)))
    }

    /// What is asked for, if it can be had.
    fn wish(&self, object: &Value) -> Result<Wish, Status> {
        let invalid = |field: &str, problem: String| {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            Status::invalid(self.resource, name, &[Cause::new("FieldValueInvalid", field, problem)])
        };
        let text = |member: &str| object["spec"][member].as_str();
        let expires = text("expirationDate").and_then(|text| text.parse::<Timestamp>().ok());
        let expires = expires.unwrap_or_else(MachineKey::default_end);
        if expires <= clock::now() {
            let problem = format!("Invalid value: \"{expires}\": must be in the future");
            return Err(invalid("spec.expirationDate", problem));
        }
        // What was sent is not repeated: it may be a private key.
        let public = text("publicKey").map(PublicKey::of_pem).transpose();
        let public = public.map_err(|why| invalid("spec.publicKey", format!("Invalid value: \"\": {why}")))?;
        Ok(Wish { expires, public })
    }
}

/// A key that somebody asks for.
struct Wish {
    expires: Timestamp,
    public: Option<PublicKey>,
}

impl Wish {
    /// The key, and the credentials file if the server makes the pair: the only time anybody sees the private half.
    fn grant(self, state: &mut State, id: &str) -> (MachineKey, Option<String>) {
        if let Some(public) = self.public {
            return (MachineKey::given(public, self.expires), None);
        }
        let pair = state.machines.mint_pair();
        let (pem, other) = (pair.pkcs1_pem(), pair.pem());
        // A client may well write the key down in the other form.
        [&pem, &other].into_iter().for_each(|pem| state.mint.remember_key(pem));
        let file = state.credentials(id, &pair.id, &pem).map(|file| file.to_string());
        (MachineKey::made(pair, self.expires), file)
    }
}
