use proptest::prelude::*;
use serde_json::Value;

use super::{JsonPath, ServerText};

const OBJECT: &str = r#"{"apiVersion": "example.com/v1", "kind": "Zone",
 "metadata": {"name": "a", "namespace": "default", "labels": {"example.com/x": "y", "team": "web"}, "creationTimestamp": null},
 "spec": {"replicas": 3, "ratio": 1.5, "big": 12345678901, "on": true, "none": null, "empty": "", "html": "<a&b>",
  "text": "two\nlines\tand tab", "list": [1, 2, 3, 4, 5], "words": ["x", "y"], "emptyList": [], "emptyMap": {},
  "tiny": 1e-07, "huge": 1e+30, "whole": 2.0, "numbers": [1.0, 1e+21, 1e-07, 1.5], "mixed": [{"a": 1}, {"a": null}, {"b": 2}, {"a": "x"}]},
 "zones": [
  {"name": "one", "size": 1, "ok": true, "ready": "True", "tags": ["a", "b"], "metadata": {"name": "m1"}, "ports": [{"port": 80}, {"port": 443}]},
  {"name": "two", "size": 2, "ok": false, "tags": ["c"], "metadata": {"name": "m2"}, "ports": []},
  {"name": "three", "size": 3, "ratio": 0.5, "metadata": {"name": "m3", "labels": {"k": "v"}}, "ports": [{"port": 8080}]}]}"#;

fn object() -> Value {
    serde_json::from_str(OBJECT).expect("JSON")
}

fn printed(template: &str) -> Result<String, String> {
    let path = JsonPath::parse(template).map_err(|error| error.problem.to_string())?;
    path.print(&object(), ServerText::Exact).map_err(|error| error.problem.to_string())
}

// kubectl 1.32 printed these (where it has fields in any order, they are in the order of their names here), from `kubectl patch --local --type=merge -p '{}' -f OBJECT -o jsonpath=TEMPLATE`.
#[rustfmt::skip]
const PRINTED: &[(&str, &str)] = &[
    ("{.metadata.name}", "a"),
    (r#"{.metadata.name}{"\n"}"#, "a\n"),
    ("name: {.metadata.name}!", "name: a!"),
    ("{['metadata'].name}", "a"),
    ("{['metadata']['name']}", "a"),
    ("{.metadata['name']}", "a"),
    (r#"{.metadata.labels.example\.com/x}"#, "y"),
    (r#"{.metadata.labels['example\.com/x']}"#, "y"),
    ("{.metadata.labels['example.com/x']}", ""),
    ("{['metadata.name']}", "a"),
    ("{$.metadata.name}", "a"),
    ("{@.metadata.name}", "a"),
    ("{.metadata.missing}", ""),
    ("{.missing.deeper}", ""),
    ("{.spec.replicas}", "3"),
    ("{.spec.ratio}", "1.5"),
    ("{.spec.big}", "12345678901"),
    ("{.spec.on}", "true"),
    ("{.spec.none}", "null"),
    ("{.spec.none.deeper}", ""),
    ("{.spec.empty}", ""),
    ("{.spec.html}", "<a&b>"),
    ("{.spec.text}", "two\nlines\tand tab"),
    ("{.spec.list}", "[1,2,3,4,5]"),
    ("{.spec.words}", r#"["x","y"]"#),
    ("{.spec.emptyList}", "[]"),
    ("{.spec.emptyMap}", "{}"),
    ("{.metadata.labels}", r#"{"example.com/x":"y","team":"web"}"#),
    ("{.spec.list[*]}", "1 2 3 4 5"),
    ("{.spec.list[0]}", "1"),
    ("{.spec.list[-1]}", "5"),
    ("{.spec.list[-2]}", "4"),
    ("{.spec.list[1:3]}", "2 3"),
    ("{.spec.list[:2]}", "1 2"),
    ("{.spec.list[3:]}", "4 5"),
    ("{.spec.list[-2:]}", "4 5"),
    ("{.spec.list[0:5:2]}", "1 3 5"),
    ("{.spec.list[::2]}", "1 3 5"),
    ("{.spec.list[0:-1]}", "1 2 3 4"),
    ("{.spec.list[-3:-1]}", "3 4"),
    ("{.spec.list[0,2]}", "1 3"),
    ("{.spec.list[0, 2]}", "1 3"),
    ("{.spec.list[2:2]}", ""),
    ("{.spec.emptyList[*]}", ""),
    ("{.spec.missing[0]}", ""),
    ("{.metadata.labels.*}", "y web"),
    ("{.spec.words.*}", "x y"),
    ("{.metadata['name','namespace']}", "a default"),
    ("{.zones[*]['name','size']}", "one two three 1 2 3"),
    ("{.zones[0]['name','size']}", "one 1"),
    ("{.zones[*].name}", "one two three"),
    ("{.zones[*].ratio}", "0.5"),
    ("{.zones[*].tags}", r#"["a","b"] ["c"]"#),
    ("{.zones[*].tags[*]}", "a b c"),
    ("{.zones[*].tags[0]}", "a c"),
    ("{.zones.*.name}", "one two three"),
    ("{..port}", "80 443 8080"),
    ("{.zones..port}", "80 443 8080"),
    ("{..labels}", r#"{"example.com/x":"y","team":"web"} {"k":"v"}"#),
    (r#"{.zones[?(@.name=="two")].size}"#, "2"),
    ("{.zones[?(@.name=='two')].size}", "2"),
    (r#"{.zones[?(@.name!="two")].name}"#, "one three"),
    ("{.zones[?(@.size>1)].name}", "two three"),
    ("{.zones[?(@.size<2)].name}", "one"),
    ("{.zones[?(@.size>=2)].name}", "two three"),
    ("{.zones[?(@.size<=2)].name}", "one two"),
    ("{.zones[?(@.size==2)].name}", "two"),
    ("{.zones[?(@.ok==true)].name}", "one"),
    ("{.zones[?(@.ok==false)].name}", "two"),
    ("{.zones[?(@.ok)].name}", "one two"),
    ("{.zones[?(@.ratio)].name}", "three"),
    ("{.zones[?(@.ratio<1.0)].name}", "three"),
    (r#"{.zones[?(@.name>"three")].name}"#, "two"),
    (r#"{.zones[?(@.metadata.labels.k=="v")].name}"#, "three"),
    ("{.zones[?(@.metadata.labels)].name}", "three"),
    (r#"{.zones[?(@.name=="a)b")].name}"#, ""),
    (r#"{.zones[?(.name=="two")].size}"#, "2"),
    ("{.zones[?(@.name==@.metadata.name)].name}", ""),
    ("{.spec.list[?(@>2)]}", "3 4 5"),
    ("{.spec.list[?(@ > 2)]}", "3 4 5"),
    (r#"{.spec.words[?(@=="y")]}"#, "y"),
    (r#"{range .zones[*]}{.name}{"\t"}{.size}{"\n"}{end}"#, "one\t1\ntwo\t2\nthree\t3\n"),
    ("{range .zones[*]}{.name}{end}{.kind}", "onetwothreeZone"),
    ("{range .zones[*]}[{.name}{range .ports[*]} {.port}{end}]{end}", "[one 80 443][two][three 8080]"),
    ("{range .zones[*]}{range .ports[*]}{.port},{end}{.name};{end}{.kind}", "80,443,one;two;8080,three;Zone"),
    ("{range .missing[*]}{.name}{end}done", "done"),
    ("{range .spec.emptyList[*]}{.name}{end}done", "done"),
    ("{range .zones}{.}{end}", ""),
    ("{range .zones[*]}{@.name} {end}", "one two three "),
    ("{range .zones[*]}{$.name} {end}", "one two three "),
    ("{range .zones[*]}{.name}", "onetwothree"),
    ("{range .spec.list[*]}{@}-{end}", "1-2-3-4-5-"),
    ("{range .spec.list[*]}{.}-{end}", "-----"),
    (r#"{"\t"}{'x'}{"a\"b"}{'it\'s'}"#, "\txa\"bit's"),
    (r#"{"\u00e9\x41"}"#, "éA"),
    (r#"{'\n'}"#, "\n"),
    ("{3}", "3"),
    ("{-3}", "-3"),
    ("{1.5}", "1.5"),
    ("{true}", "true"),
    ("{.}", ""),
    ("{ .metadata.name }", "a"),
    ("{.metadata.name }", "a"),
    ("{.metadata.name .metadata.namespace}", ""),
    (r#"{.metadata.name "x"}"#, "x"),
    (r#"{.zones[*].name "x"}"#, "x"),
    ("{.zones[*] 7}", "7 7 7"),
    ("plain text", "plain text"),
    ("a}b", "a}b"),
    ("{.spec.list[]}", "1"),
    ("{.a!}", ""),
    ("{...name}", "a one m1 two m2 three m3"),
    ("{.metadata.}", ""),
    ("{.metadata..name}", "a"),
    ("{.spec.list.x}", ""),
    ("{.spec.list[1:]}", "2 3 4 5"),
    ("{.spec.list['0']}", ""),
    ("{.zones[-1:].name}", "three"),
    ("{.zones[0:2].name}", "one two"),
    ("{.metadata.labels.team}{.metadata.labels.missing}{.kind}", "webZone"),
    ("{+5}", "5"),
    (r#"{.metadata.labels."team"}"#, ""),
    (r#"{.zones[?(@.missing.deep=="a")].name}"#, ""),
    ("{.}x", "x"),
    ("{range .zones[*]}{.name}{end}{.kind}{range .zones[*]}{.size}{end}{.metadata.name}", "onetwothreeZone123a"),
    ("{range .zones[*]}{.name}{range .ports[*]}{.port}{end}{.size}{end}{.kind}", "one804431two2three80803Zone"),
    ("{.zones[?(@.size>1)]['name','size']}", "two three 2 3"),
    ("{.spec['list','words'][0]}", "1 x"),
    (r#"{.metadata.labels['team','example\.com/x']}"#, "web y"),
    ("{.spec.list[9:9]}", ""),
    ("{.spec.list[:]}", "1 2 3 4 5"),
    ("{.zones[?(@.size!=2)].name}", "one three"),
    (r#"{.zones[?(@.name<"three")].name}"#, "one"),
    ("{.zones[?(@.ports)].name}", "one two three"),
    ("{.zones[?(@.size == 2)].name}", "two"),
    (r#"{.zones[?( @.name == "two" )].name}"#, "two"),
    (r#"{.zones[?(@.name=="t\"wo")].name}"#, ""),
    (r#"{.zones[?(@['name']=="two")].size}"#, "2"),
    (r#"{range .zones[?(@.size>1)]}{.name}{"\n"}{end}"#, "two\nthree\n"),
    ("{range .zones[*]['name','size']}{@},{end}", "one,two,three,1,2,3,"),
    (r#"{.kind}{'\t'}{.apiVersion}"#, "Zone\texample.com/v1"),
    ("{.spec.ratio}{.spec.tiny}{.spec.huge}{.spec.whole}", "1.51e-071e+302"),
    ("{.spec.tiny}", "1e-07"),
    ("{.spec.huge}", "1e+30"),
    ("{.spec.whole}", "2"),
    ("{.spec.numbers}", "[1,1e+21,1e-7,1.5]"),
    ("{.spec.list[?(@==2)]}", "2"),
    (r#"{.spec.words[?(@!="x")]}"#, "y"),
    ("{.spec.none[0]}", ""),
    ("{.spec.none[*]}", ""),
    ("{.spec.none.*}", ""),
    ("{.metadata.creationTimestamp}|", "null|"),
    ("{..none}", "null"),
    ("{.spec.mixed[*].a}", "1 null x"),
    ("{.spec.mixed}", r#"[{"a":1},{"a":null},{"b":2},{"a":"x"}]"#),
    ("{.spec.mixed[?(@.a)]}", r#"{"a":1} {"a":null} {"a":"x"}"#),
    ("{.zones[*]..port}", "80 443 8080"),
    ("{.metadata.name}{.metadata.namespace}", "adefault"),
    ("{.spec.emptyList[?(@.x)]}", ""),
    ("{.spec.missing[?(@.x)]}", ""),
    ("{.zones[1].tags[0,0]}", "c c"),
    ("{.zones[0,1].name}", "one two"),
    ("{.zones[0:3:2].name}", "one three"),
    ("{range}{.x}{end}", ""),
    (r#"{"é"}{'é"'}"#, r#"éé""#),
    ("two\nlines {.kind}\n", "two\nlines Zone\n"),
];

// kubectl 1.32 refused these so; it says `map[string]interface {}` for a map and quotes values that cannot be filtered.
#[rustfmt::skip]
const REFUSED: &[(&str, &str)] = &[
    ("{.spec.list[7]}", "array index out of bounds: index 7, length 5"),
    ("{.spec.list[-7]}", "array index out of bounds: index -2, length 5"),
    ("{.spec.list[3:1]}", "starting index 3 is greater than ending index 1"),
    ("{.spec.list[0:9]}", "array index out of bounds: index 8, length 5"),
    ("{.spec.list[0:3:0]}", "step must be > 0"),
    ("{.spec.emptyList[0]}", "array index out of bounds: index 0, length 0"),
    ("{.metadata[0]}", "map is not array or slice"),
    ("{.metadata[*]}", "map is not array or slice"),
    ("{.zones[?(@.ratio<1)].name}", "incompatible types for comparison"),
    ("{.zones[?(@.size>1.5)].name}", "incompatible types for comparison"),
    ("{.zones[?(@.ok<true)].name}", "invalid type for comparison"),
    ("{.zones[?(@.ports[0].port==80)].name}", "array index out of bounds: index 0, length 0"),
    (r#"{.zones[?(@.size=="2")].name}"#, "incompatible types for comparison"),
    (r#"{.zones[?(@.name=~"t.*")].name}"#, "unrecognized character in action: U+007E '~'"),
    ("{.spec[?(@.x)]}", "map is not array or slice and cannot be filtered"),
    (r#"{"\q"}"#, r#"unquote string "\q" error invalid syntax"#),
    ("{.metadata.name", "unclosed action"),
    ("{.spec.list[0}", "unterminated array"),
    ("{.spec.list[x]}", "invalid array index x"),
    (r#"{.zones[?(@.name=="x"]}"#, "unterminated filter"),
    (r#"{.zones[?(@.name=="x")}"#, "unclosed array expect ]"),
    (r#"{"x}"#, "unterminated quoted string"),
    ("{!}", "unrecognized character in action: U+0021 '!'"),
    ("{end}", "not in range, nothing to end"),
    ("{bogus}", "unrecognized identifier bogus"),
    ("{bogus .x}", "unrecognized identifier bogus"),
    ("{metadata.name}", "unrecognized identifier metadata"),
    ("{....name}", "invalid multiple recursive descent"),
    ("{.metadata.name[0]}", "string is not array or slice"),
    ("{1.2.3}", "cannot parse number 1.2.3"),
    ("{.spec.words[0][0]}", "string is not array or slice"),
    (r#"{["metadata"]}"#, r#"invalid array index "metadata""#),
    ("{.zones[(@.length-1)]}", "invalid array index (@.length-1)"),
    ("{.zones[?(@.size==1 || @.size==2)].name}", "unrecognized character in action: U+007C '|'"),
    (r#"{.zones[?(@.tags[*]=="a")].name}"#, "can only compare one element at a time"),
    ("{.zones[*].name[?(@.x)]}", "string is not array or slice and cannot be filtered"),
    ("{range .zones[*]}{.name}{end}{end}", "not in range, nothing to end"),
    ("{.spec.list[1:9]}", "array index out of bounds: index 8, length 5"),
    ("{.spec.list[::-1]}", "step must be > 0"),
    ("{.zones[?(@.metadata==1)].name}", "invalid type for comparison"),
    ("{.zones[?(@.size=true)].name}", "unrecognized filter operator ="),
    ("{.zones[?(@.size===2)].name}", "unrecognized filter operator ==="),
    ("{.spec.mixed[?(@.a==1)]}", "invalid type for comparison"),
    ("{.metadata.labels[team]}", "invalid array index team"),
];

#[test]
fn templates_print_what_kubectl_prints() {
    let wrong = PRINTED.iter().filter(|(template, expected)| printed(template).as_deref() != Ok(*expected));
    let wrong: Vec<_> = wrong.map(|(template, expected)| (template, expected, printed(template))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn templates_are_refused_in_kubectls_words() {
    for (template, expected) in REFUSED {
        assert_eq!(printed(template).expect_err(template), *expected, "{template}");
    }
    let deep = "{range .a}".repeat(100_000);
    assert!(printed(&deep).expect_err("too deep").contains("nested"));
}

// kubectl forgets everything behind the first empty array.
#[test]
fn an_empty_array_hides_nothing_behind_it() {
    assert_eq!(printed("{.zones[*].ports[*].port}").as_deref(), Ok("80 443 8080"));
}

#[test]
fn the_whole_object_has_three_names() {
    for template in ["{}", "{@}", "{$}"] {
        let text = printed(template).expect("printed");
        let start = r#"{"apiVersion":"example.com/v1","kind":"Zone","metadata":{"creationTimestamp":null,"#;
        assert!(text.starts_with(start) && text.ends_with(r#""ratio":0.5,"size":3}]}"#), "{text}");
    }
}

#[test]
fn a_terminal_gets_harmless_values_and_the_templates_own_text() {
    let object = serde_json::json!({"a": "\u{1b}[31mred\nnext\t\u{202e}", "b": {"c": "\u{9b}1m"}});
    let path = JsonPath::parse("{.a}{\"\\x1b\\n\"}{.b}").expect("a template");
    let shown = path.print(&object, ServerText::Harmless).expect("printed");
    assert_eq!(shown, "\\x1b[31mred\nnext\t\\u{202e}\u{1b}\n{\"c\":\"\\u009b1m\"}");
    let exact = path.print(&object, ServerText::Exact).expect("printed");
    assert!(exact.starts_with("\u{1b}[31mred\nnext\t\u{202e}\u{1b}\n{"), "{exact:?}");
}

#[test]
fn json_is_one_array_for_each_piece_of_the_template() {
    let path = JsonPath::parse("{.zones[*].name}{.missing}{.spec.html}").expect("a template");
    insta::assert_snapshot!(path.print_as_json(&object()).expect("printed"), @r#"
    [
        "one",
        "two",
        "three"
    ]
    []
    [
        "\u003ca\u0026b\u003e"
    ]
    "#);
}

#[test]
fn a_path_may_leave_out_braces_and_dot() {
    for path in ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"] {
        let path = JsonPath::relaxed(path).expect(path);
        assert_eq!(path.template(), "{.metadata.name}");
        let object = object();
        assert_eq!(path.find(&object).expect("found"), [std::borrow::Cow::Borrowed(&object["metadata"]["name"])]);
    }
    for path in ["", ".", "{}", "{a}{b}", "a}"] {
        assert!(JsonPath::relaxed(path).is_err(), "{path}");
    }
}

proptest! {
    #[test]
    fn no_template_is_a_crash(template in "\\PC{0,40}", path in r#"\{[.a-z\[\]0-9:,*?()@$'"\\=<> {}-]{0,40}\}"#) {
        for template in [template, path] {
            if let Ok(path) = JsonPath::parse(&template) {
                let _ = path.print(&object(), ServerText::Harmless);
            }
            let _ = JsonPath::relaxed(&template);
        }
    }
}
