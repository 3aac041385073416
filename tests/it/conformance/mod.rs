//! The relying-party modules of the OpenID Foundation's conformance suite, each as a case against the hostile provider.
//!
//! `tests/matrix/conformance.txt` lists them: `MODULE accept|reject what is done to the client`, or `MODULE none` with
//! the reason below it, indented. `docs/conformance.md` is made here from that table and the cases.

mod cases;

use std::collections::BTreeSet;

use cases::{CASES, Case};

use crate::hostile::sweep;
use crate::login::Ambush;
use crate::support::document::{assert_document, text_of};
use crate::support::figure::figure;

struct Plan {
    title: String,
    modules: Vec<Module>,
}

struct Module {
    name: String,
    /// `accept`, `reject` or `none`.
    expected: String,
    /// What is done to the client, or why nothing is.
    text: String,
}

fn plans() -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    for line in text_of("tests/matrix/conformance.txt").lines().filter(|line| !line.is_empty()) {
        if let Some(title) = line.strip_prefix("# ") {
            plans.push(Plan { title: title.to_owned(), modules: Vec::new() });
            continue;
        }
        let modules = &mut plans.last_mut().expect("a heading comes first").modules;
        if line.starts_with(' ') {
            modules.last_mut().expect("a reason follows its module").text = line.trim().to_owned();
            continue;
        }
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let (Some(name), Some(expected)) = (words.next(), words.next()) else { panic!("not a module: {line}") };
        assert!(["accept", "reject", "none"].contains(&expected.as_str()), "{line}");
        modules.push(Module { name, expected, text: words.next().unwrap_or_default() });
    }
    plans
}

fn modules() -> Vec<Module> {
    plans().into_iter().flat_map(|plan| plan.modules).collect()
}

#[test]
fn every_module_has_a_case_or_a_reason() {
    let (mut names, mut problems) = (BTreeSet::new(), Vec::new());
    for module in modules() {
        let cases = CASES.iter().filter(|case| case.module == module.name).count();
        if !names.insert(module.name.clone()) {
            problems.push(format!("{} is listed twice", module.name));
        }
        match (module.expected.as_str(), cases) {
            ("none", 0) | ("accept" | "reject", 1) if !module.text.is_empty() => {}
            ("none", 1) => problems.push(format!("{} has a case and a reason why it has none", module.name)),
            (_, 0) => problems.push(format!("{} has neither a case nor a reason", module.name)),
            _ => problems.push(format!("{} has {cases} cases, or no text", module.name)),
        }
    }
    let unlisted = CASES.iter().filter(|case| !names.contains(case.module));
    problems.extend(unlisted.map(|case| format!("{} is in no plan", case.module)));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_module_is_answered_as_the_suite_wants() {
    let modules = modules();
    sweep(CASES.len(), 4, Ambush::new, |ambush, number| {
        let case = &CASES[number];
        let module = modules.iter().find(|module| module.name == case.module).expect("a listed module");
        case.is_answered(ambush, module.expected == "accept");
    });
    let [accepted, rejected, none] =
        ["accept", "reject", "none"].map(|word| modules.iter().filter(|module| module.expected == word).count());
    figure(&format!(
        "{} conformance modules: {accepted} accepted, {rejected} rejected, as they must be; {none} do not apply",
        modules.len()
    ));
}

impl Case {
    fn is_answered(&self, ambush: &Ambush, is_accepted: bool) {
        ambush.provider.behave();
        let run = (self.run)(ambush);
        let (name, output) = (self.module, &run.output);
        if is_accepted {
            assert_eq!(output.status, 0, "{name}\n{output}");
            assert!(output.stderr.contains("Signed in as ") || !output.stdout.is_empty(), "{name}\n{output}");
            return;
        }
        // A callback of somebody else is not an answer: the login goes on waiting, and ends with its time.
        let statuses: &[i32] = if name.contains("state-fails") { &[4] } else { &[7] };
        assert!(statuses.contains(&output.status), "{name}\n{output}");
        assert_eq!(output.stdout, "", "{name}");
        let errors = output.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, 1, "{name}\n{output}");
        let changed = crate::hostile::changed(&run.before, &ambush.world.files());
        assert!(changed.is_empty(), "{name}: {changed:?}");
    }
}

#[test]
fn the_document_says_what_the_table_says() {
    let plans = plans();
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n| plan | modules | accepted | rejected | not applicable |\n|---|--:|--:|--:|--:|\n");
    for plan in &plans {
        let [accept, reject, none] = ["accept", "reject", "none"]
            .map(|word| plan.modules.iter().filter(|module| module.expected == word).count());
        let all = plan.modules.len();
        text.push_str(&format!("| {} | {all} | {accept} | {reject} | {none} |\n", plan.title));
    }
    for plan in &plans {
        text.push_str(&format!("\n## {}\n\n| module | must be | |\n|---|---|---|\n", plan.title));
        for Module { name, expected, text: words } in &plan.modules {
            let must = match expected.as_str() {
                "accept" => "accepted",
                "reject" => "rejected",
                _ => "not applicable",
            };
            text.push_str(&format!("| `{name}` | {must} | {words} |\n"));
        }
    }
    assert_document("docs/conformance.md", &text);
}

const INTRODUCTION: &str = "\
# Conformance

The relying-party modules of the OpenID Foundation's [conformance suite](https://gitlab.com/openid/conformance-suite),
and what this program does with each. Every module that applies is a case in `tests/it/conformance`, which does to the
real binary what the module does to a client: the suite itself is not run here, and nothing is certified. Made by the
test `conformance` from `tests/matrix/conformance.txt`; after a change of it:

```sh
UPDATE_DOCS=1 cargo test --test it conformance::
```

Accepted: the login or refresh succeeds. Rejected: it ends with an error, and nothing is stored or changed. The suite has no
modules for the device flow (RFC 8628) and for service accounts (RFC 7523); sections DEV and JWB of the
[test matrix](test-matrix.md) hold those.
";
