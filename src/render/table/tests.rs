use super::{ObjectTable, TableOptions};

const PAGE: &str = r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":[
    {"name":"Name","priority":0},{"name":"Domain Name","priority":0},{"name":"Class","priority":1},{"name":"Age","priority":0}],
  "rows":[
    {"cells":["a","a.example","x",null],"object":{"metadata":{"name":"a","namespace":"default","labels":{"team":"web","example.com/tier":"1"}}}},
    {"cells":["longer-name","b.example\nsecond line",7,"3d"],"object":{"metadata":{"name":"longer-name","namespace":"default"}}}]}"#;

fn shown(options: TableOptions) -> String {
    let mut table = ObjectTable::new(options);
    assert_eq!(table.add(PAGE.as_bytes()).expect("a table"), 2);
    table.take()
}

// As kubectl 1.32 prints the same table.
#[test]
fn a_table_looks_like_kubectls() {
    insta::assert_snapshot!(shown(TableOptions::default()), @r"
    NAME          DOMAIN NAME    AGE
    a             a.example      
    longer-name   b.example...   3d
    ");
    let labels = vec!["team".to_owned(), "example.com/tier".to_owned()];
    let options = TableOptions {
        wide: true,
        with_namespace: true,
        with_kind: Some("dnszone.dns.example".to_owned()),
        label_columns: labels,
        ..TableOptions::default()
    };
    insta::assert_snapshot!(shown(options), @r"
    NAMESPACE   NAME                              DOMAIN NAME    CLASS   AGE   TEAM   TIER
    default     dnszone.dns.example/a             a.example      x             web    1
    default     dnszone.dns.example/longer-name   b.example...   7       3d             
    ");
    let options = TableOptions { no_headers: true, show_labels: true, ..TableOptions::default() };
    insta::assert_snapshot!(shown(options), @r"
    a             a.example            example.com/tier=1,team=web
    longer-name   b.example...   3d    <none>
    ");
}

#[test]
fn later_pages_line_up_and_are_headed_once() {
    let mut table = ObjectTable::new(TableOptions::default());
    table.add(PAGE.as_bytes()).expect("a table");
    let first = table.take();
    table.add(PAGE.as_bytes()).expect("a table");
    let lines: Vec<_> = first.lines().skip(1).map(str::to_owned).collect();
    assert_eq!(table.take().lines().collect::<Vec<_>>(), lines);
}

#[test]
fn plain_objects_have_a_name_and_an_age() {
    let mut table = ObjectTable::new(TableOptions::default());
    let list = br#"{"kind":"ZoneList","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b\u001b[31m"}}]}"#;
    assert_eq!(table.add(list).expect("a list"), 2);
    assert_eq!(table.add(br#"{"kind":"Zone","metadata":{"name":"c"}}"#).expect("an object"), 1);
    let text = table.take();
    assert!(text.starts_with("NAME"), "{text}");
    assert!(text.contains("c") && text.contains("<unknown>") && !text.contains('\u{1b}'), "{text}");
}
