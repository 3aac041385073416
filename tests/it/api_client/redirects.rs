//! Redirects: none is followed, wherever it leads.

use super::{Front, Stranger};
use crate::support::Answer;

// API-05
#[test]
fn no_redirect_takes_a_request_or_its_token_anywhere() {
    let front = Front::new();
    let _ = front.get(&[]).success();
    let stranger = Stranger::new();
    let (own, other) = (front.wire.address, stranger.authority());
    let port = stranger.wire.address.port();
    for location in [
        format!("http://{own}/elsewhere"),
        format!("http://{other}/"),
        format!("https://{other}/"),
        format!("http://localhost:{port}/"),
        format!("http://api.localhost:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://{own}@{other}/"),
        format!("http://ada:secret@{other}/"),
        format!("//{other}/"),
    ] {
        for status in [301, 302, 303, 307, 308] {
            front.always(Answer::redirect(status, &location));
            let output = front.get(&[]).exits(7).says("error: <api> redirects elsewhere");
            assert_eq!(output.stdout, "");
            assert_eq!(front.requests().len(), 1, "{status} {location}");
        }
        front.always(Answer::redirect(307, &location));
        let _ = front.create().exits(7);
        assert_eq!(front.requests().len(), 1, "{location}");
    }
    stranger.heard_nothing();
}

// API-06
#[test]
fn a_redirect_that_goes_in_circles_or_nowhere_ends_at_once() {
    let front = Front::new();
    let _ = front.get(&[]).success();
    for location in ["/apis", "", "http://", "http://[", "../../..", "javascript:alert(1)"] {
        front.always(Answer::redirect(302, location));
        let output = front.get(&[]).exits(7);
        assert_eq!(output.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{output}");
        assert_eq!(front.requests().len(), 1, "{location:?}");
    }
    front.on_zones(|request| Answer::redirect(302, &format!("{}?again", request.path)));
    let _ = front.get(&[]).exits(7);
    assert_eq!(front.requests().len(), 1);
    front.always(Answer::text(302, "", ""));
    let _ = front.get(&[]).exits(7);
}
