//! The pages a person sees. Plain forms, no script, nothing from elsewhere.

use std::fmt::{self, Display, Formatter};

use hyper::StatusCode;
use hyper::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_FRAME_OPTIONS};
use url::{Host, Url};

use super::exchange::Reply;
use super::identity::Flow;
use super::seed::{Person, Seed};

/// Text made safe for HTML content and quoted attributes.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '&' => formatter.write_str("&amp;"),
            '<' => formatter.write_str("&lt;"),
            '>' => formatter.write_str("&gt;"),
            '"' => formatter.write_str("&quot;"),
            '\'' => formatter.write_str("&#39;"),
            _ => fmt::Write::write_char(formatter, letter),
        })
    }
}

/// A page whose forms may lead to this origin, and by redirect to `target`.
fn page(status: StatusCode, title: &str, content: &str, target: Option<&Url>) -> Reply {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n\
         <link rel=\"stylesheet\" href=\"/ui/style.css\">\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n{content}\n\
         <footer>This is the local emulator. Nobody here is real.</footer>\n</main>\n</body>\n</html>\n",
        Escaped(title)
    );
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self'{}; frame-ancestors 'none'; base-uri 'none'",
        target.map(form_target).unwrap_or_default()
    );
    // `no-referrer` would make browsers post forms with `Origin: null`.
    Reply::new(status, "text/html; charset=utf-8", html)
        .header(CONTENT_SECURITY_POLICY, &policy)
        .header(REFERRER_POLICY, "same-origin")
        .header(X_FRAME_OPTIONS, "DENY")
}

/// Browsers hold redirects after a form against `form-action`, and its grammar has no IPv6 literals.
fn form_target(target: &Url) -> String {
    match target.host() {
        Some(Host::Ipv6(_)) => format!(" {}:", target.scheme()),
        _ => format!(" {}", target.origin().ascii_serialization()),
    }
}

/// A page that only tells something.
pub(crate) fn message(status: StatusCode, title: &str, text: &str) -> Reply {
    page(status, title, &format!("<p>{}</p>", Escaped(text)), None)
}

/// Who do you want to be?
pub(crate) fn login(seed: &Seed, flow: &Flow, id: &str, csrf: &str) -> Reply {
    let hint = flow.asked.hint.as_deref();
    let mut people: Vec<_> = seed.people.iter().collect();
    people.sort_by_key(|person| Some(person.email.as_str()) != hint);
    let buttons: String = people.iter().map(|person| person_button(person, hint)).collect();
    let content = format!(
        "<p>to continue to {client}</p>\n\
         <form method=\"post\" action=\"/ui/login\">\n{hidden}{buttons}</form>\n\
         <form method=\"post\" action=\"/ui/login\">\n{hidden}\
         <button class=\"plain\" name=\"decision\" value=\"deny\">Cancel</button>\n</form>",
        client = Escaped(&seed.client.name),
        hidden = hidden(&[("flow", id), ("csrf", csrf)]),
    );
    page(StatusCode::OK, "Choose an account", &content, Some(&flow.destination.redirect_uri))
}

fn person_button(person: &Person, hint: Option<&str>) -> String {
    let focus = if hint == Some(person.email.as_str()) { " autofocus" } else { "" };
    format!(
        "<button name=\"person\" value=\"{email}\"{focus}>{name}<small>{email}</small></button>\n",
        email = Escaped(&person.email),
        name = Escaped(&person.name()),
    )
}

/// Allow or deny?
pub(crate) fn consent(seed: &Seed, flow: &Flow, person: &Person, id: &str, csrf: &str) -> Reply {
    let asked: String =
        flow.asked.scopes.iter().map(|scope| format!("<li>{}</li>\n", Escaped(meaning(scope)))).collect();
    let content = format!(
        "<p>{client} wants to act as {name} ({email}). It asks to:</p>\n<ul>\n{asked}</ul>\n\
         <form method=\"post\" action=\"/ui/consent\">\n{hidden}\
         <button class=\"primary\" name=\"decision\" value=\"allow\">Allow</button>\n\
         <button class=\"plain\" name=\"decision\" value=\"deny\">Deny</button>\n</form>",
        client = Escaped(&seed.client.name),
        name = Escaped(&person.name()),
        email = Escaped(&person.email),
        hidden = hidden(&[("flow", id), ("csrf", csrf)]),
    );
    page(StatusCode::OK, &format!("Allow {}?", seed.client.name), &content, Some(&flow.destination.redirect_uri))
}

fn meaning(scope: &str) -> &str {
    match scope {
        "openid" => "know who you are",
        "profile" => "see your name",
        "email" => "see your email address",
        "offline_access" => "stay signed in",
        other => other,
    }
}

/// Asks for the code a device shows.
pub(crate) fn device_code(problem: Option<&str>) -> Reply {
    let (status, problem) = match problem {
        Some(problem) => (StatusCode::NOT_FOUND, format!("<p role=\"alert\">{}</p>\n", Escaped(problem))),
        None => (StatusCode::OK, String::new()),
    };
    let content = format!(
        "{problem}<form method=\"get\" action=\"/device\">\n\
         <label for=\"user_code\">The code your device shows</label>\n\
         <input type=\"text\" id=\"user_code\" name=\"user_code\" autocomplete=\"off\" required autofocus>\n\
         <button class=\"primary\">Continue</button>\n</form>"
    );
    page(status, "Sign in on a device", &content, None)
}

/// Asks whether a device may be signed in, and as whom.
pub(crate) fn device(seed: &Seed, user_code: &str, csrf: &str) -> Reply {
    let choices: String = seed.people.iter().enumerate().map(|(number, person)| choice(number, person)).collect();
    let content = format!(
        "<p>{client} on another device shows the code <code>{user_code}</code>. \
         Deny if yours shows another one, or if you did not start this.</p>\n\
         <form method=\"post\" action=\"/device\">\n{hidden}<fieldset>\n<legend>Sign in as</legend>\n{choices}</fieldset>\n\
         <button class=\"primary\" name=\"decision\" value=\"allow\">Allow</button>\n\
         <button class=\"plain\" name=\"decision\" value=\"deny\">Deny</button>\n</form>",
        client = Escaped(&seed.client.name),
        user_code = Escaped(user_code),
        hidden = hidden(&[("user_code", user_code), ("csrf", csrf)]),
    );
    page(StatusCode::OK, "Sign in on a device", &content, None)
}

fn choice(number: usize, person: &Person) -> String {
    let checked = if number == 0 { " checked" } else { "" };
    format!(
        "<label class=\"choice\"><input type=\"radio\" name=\"person\" value=\"{email}\"{checked}><span>{name}<small>{email}</small></span></label>\n",
        email = Escaped(&person.email),
        name = Escaped(&person.name()),
    )
}

/// What this is, for somebody who opens the address.
pub(crate) fn home(seed: &Seed, url: &str) -> Reply {
    let people: String = seed.people.iter().map(|one| format!("<li>{}</li>\n", Escaped(&one.email))).collect();
    let content = format!(
        "<p>A local Datum Cloud for trying things out. Identity provider and API are at {url}, client id {client}.</p>\n\
         <ul>\n{people}</ul>\n<p><a href=\"/device\">Sign in on a device</a></p>",
        url = Escaped(url),
        client = Escaped(&seed.client.id),
    );
    page(StatusCode::OK, "Datum Cloud emulator", &content, None)
}

fn hidden(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| {
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", Escaped(value))
    };
    fields.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn markup_in_names_is_shown_and_not_obeyed() {
        assert_eq!(Escaped("<b a='\"'>&").to_string(), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
    }
}
