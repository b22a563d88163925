//! Requests for the same at the same time share one fetch, and nobody gets what is not theirs.

use bytes::{Bytes, BytesMut};
use futures::future::join_all;
use futures::stream::{BoxStream, StreamExt};
use holdfast_engine::Request;
use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, PRAGMA, USER_AGENT};
use http::{HeaderName, HeaderValue, Method};

use crate::scenario::{Answer, Answered, POLLS, World, everything_by, ms, secs};

const MIB: usize = 1 << 20;
const FILM: &str = "/static/film.mp4";

/// A body that is served while it arrives, half of it after `pause` seconds.
fn film(pause: u64) -> Answer {
    let (begin, rest) = halves();
    Answer::of("video/mp4", begin).then(secs(pause), rest)
}

/// The same, the second half piece by piece.
fn film_in_pieces() -> Answer {
    let (begin, rest) = halves();
    let pieces = rest.chunks(64 << 10).map(Bytes::copy_from_slice);
    pieces.fold(Answer::of("video/mp4", begin), |film, piece| film.then(ms(1), piece))
}

fn halves() -> (Bytes, Bytes) {
    let bytes: Vec<u8> =
        (0..5 * MIB).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    let mut begin = Bytes::from(bytes);
    let rest = begin.split_off(2 * MIB);
    (begin, rest)
}

fn whole() -> Bytes {
    let (begin, rest) = halves();
    [begin, rest].concat().into()
}

impl World {
    fn request_with(&self, path: &str, name: HeaderName, value: &'static str) -> Request {
        let mut request = self.request(path);
        request.headers.insert(name, HeaderValue::from_static(value));
        request
    }

    async fn get_with(&self, path: &str, name: HeaderName, value: &'static str) -> Answered {
        self.send(self.request_with(path, name, value)).await
    }

    async fn get_after(&self, pause: u64, path: &str) -> Answered {
        self.rest(secs(pause)).await;
        self.get(path).await
    }

    /// A request whose body is read by the test.
    async fn begin_to_get(&self, path: &str) -> Reader {
        let response = self.engine().handle(self.request(path)).await;
        Reader(response.body.into_stream())
    }

    fn fetches(&self) -> usize {
        self.transcript.text().matches("origin <- GET").count()
    }
}

/// A client that reads as it likes.
struct Reader(BoxStream<'static, std::io::Result<Bytes>>);

impl Reader {
    async fn piece(&mut self) -> Bytes {
        self.0.next().await.unwrap().unwrap()
    }

    /// What comes from here on, and whether it ends well.
    async fn rest(mut self) -> (Bytes, bool) {
        let mut read = BytesMut::new();
        while let Some(piece) = self.0.next().await {
            let Ok(piece) = piece else { return (read.freeze(), false) };
            read.extend_from_slice(&piece);
        }
        (read.freeze(), true)
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_answer_does_not_depend_on_keeps_nobody_from_sharing() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("page").after(secs(1)));
    let (_, firefox, german, reload) = tokio::join!(
        world.get("/polls/"),
        world.get_with("/polls/", USER_AGENT, "Firefox"),
        world.get_with("/polls/", ACCEPT_LANGUAGE, "de"),
        world.get_with("/polls/", CACHE_CONTROL, "max-age=5"),
    );
    for follower in [firefox, german, reload] {
        assert!(follower.header("cache-status").unwrap().ends_with("stored; collapsed"));
    }
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    1000 ms  origin -> /polls/ page
    1000 ms  stored    /polls/ page
    1000 ms  page   <- /polls/ page
    1000 ms  page   <- /polls/ page
    1000 ms  page   <- /polls/ page
    1000 ms  page   <- /polls/ page
    ");
}

/// Not one after another either: whose answer it is not has waited once.
#[tokio::test(start_paused = true)]
async fn who_differs_in_what_the_answer_varies_by_fetches_for_themselves() {
    for body in [Bytes::from("page"), whole()] {
        let world = World::new().await;
        let page = Answer::of("text/plain", body.clone()).header("vary", "Accept-Language");
        world.origin.at(FILM, page.after(secs(1)));
        let ask = async |language| {
            let answered = world.get_with(FILM, ACCEPT_LANGUAGE, language).await;
            let is_shared = answered.header("cache-status").unwrap().ends_with("collapsed");
            (answered.body == body, is_shared)
        };
        let answers = tokio::join!(ask("de"), ask("de"), ask("en"), ask("fr"));
        assert_eq!(answers, ((true, false), (true, true), (true, false), (true, false)));
        let transcript = world.transcript().await;
        let at = |line: &str| transcript.matches(line).count();
        assert_eq!(at("     0 ms  origin <- GET"), 1, "{transcript}");
        assert_eq!(at("  1000 ms  origin <- GET"), 2, "{transcript}");
        assert_eq!(at("  2000 ms  page"), 2, "{transcript}");
    }
}

/// Also when nobody waits for it.
#[tokio::test(start_paused = true)]
async fn each_variant_is_asked_for_anew_for_the_next_time() {
    let world = World::with(&everything_by("stale-while-revalidate", "")).await;
    let answer = Answer::page("page").header("vary", "Accept-Language");
    world.origin.at("/polls/", answer.after(secs(1)));
    let ask = async |language| world.get_with("/polls/", ACCEPT_LANGUAGE, language).await;
    tokio::join!(ask("de"), ask("en"));
    world.transcript.restart();
    tokio::join!(ask("de"), ask("en"));
    world.rest(secs(2)).await;
    assert_eq!(world.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_wants_the_site_itself_or_shows_credentials_shares_nothing() {
    let world = World::new().await;
    world
        .origin
        .at("/polls/", Answer::page("page").header("cache-control", "public").after(secs(1)));
    tokio::join!(
        world.get("/polls/"),
        world.get_with("/polls/", CACHE_CONTROL, "no-cache"),
        world.get_with("/polls/", PRAGMA, "no-cache"),
        world.get_with("/polls/", CACHE_CONTROL, "no-store"),
        world.get_with("/polls/", AUTHORIZATION, "Basic YTpi"),
        world.get_with("/polls/", AUTHORIZATION, "Basic YTpi"),
    );
    let transcript = world.transcript().await;
    assert_eq!(transcript.matches("     0 ms  origin <- GET").count(), 6, "{transcript}");
}

#[tokio::test(start_paused = true)]
async fn sessions_share_within_themselves_only() {
    let world = World::new().await;
    world.origin.at(FILM, film(10));
    let answers = tokio::join!(
        world.get_as("a", FILM),
        world.get_as("a", FILM),
        world.get_as("b", FILM),
        world.get(FILM),
    );
    assert_eq!(answers.1.body, whole());
    assert_eq!(world.fetches(), 3);
}

/// Without a session cookie in the profile nobody knows whose page it is.
#[tokio::test(start_paused = true)]
async fn who_cannot_be_told_apart_shares_nothing() {
    let world = World::with(&POLLS.replace("session-cookie", "# session-cookie")).await;
    world.origin.at(FILM, film(10).header("vary", "Cookie"));
    tokio::join!(world.get_as("a", FILM), world.get_as("a", FILM), world.get_as("b", FILM));
    assert_eq!(world.fetches(), 3);
}

/// The first of them signs in meanwhile: the page that comes is of that session alone.
#[tokio::test(start_paused = true)]
async fn page_that_begins_a_session_is_not_shared() {
    for body in [Bytes::from("page"), whole()] {
        let world = World::new().await;
        let answer = Answer::of("text/plain", body).header("set-cookie", "sessionid=a; Path=/");
        world.origin.at(FILM, answer.after(secs(1)));
        tokio::join!(world.get(FILM), world.get(FILM));
        assert_eq!(world.fetches(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn fifty_requests_for_a_long_body_are_one_for_the_site() {
    let world = World::new().await;
    world.origin.at(FILM, film(10).header("content-length", &(5 * MIB).to_string()));
    let asked = (0..50).map(|number| world.get_after(number % 10, FILM));
    for answered in join_all(asked).await {
        assert_eq!(answered.header("content-length"), Some("5242880"));
        assert_eq!(answered.body, whole());
    }
    let transcript = world.transcript().await;
    assert_eq!(world.fetches(), 1, "{transcript}");
    assert_eq!(transcript.matches(" 10000 ms  page").count(), 50, "{transcript}");
}

/// Two seconds are for what does not answer.
#[tokio::test(start_paused = true)]
async fn fetch_that_is_seen_to_arrive_is_joined_however_long_it_takes() {
    let world = World::new().await;
    let slow = Answer::of("application/json", "[1").after(secs(1)).then(secs(20), "]");
    world.origin.at("/live.json", slow);
    tokio::join!(world.get("/live.json"), world.get_after(15, "/live.json"));
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /live.json
     1000 ms  origin -> /live.json [1]
    21000 ms  stored    /live.json [1]
    21000 ms  page   <- /live.json [1]
    21000 ms  page   <- /live.json [1]
    ");
}

/// Who comes in the middle gets the beginning at once.
#[tokio::test(start_paused = true)]
async fn long_body_is_read_along_while_it_arrives() {
    let world = World::new().await;
    world.origin.at(FILM, film(20));
    let late = async {
        world.rest(secs(10)).await;
        let mut reader = world.begin_to_get(FILM).await;
        let mut read = BytesMut::new();
        while read.len() < 2 * MIB {
            read.extend_from_slice(&reader.piece().await);
        }
        world.transcript.note("late", "<- what has arrived");
        let (rest, is_whole) = reader.rest().await;
        read.extend_from_slice(&rest);
        assert!(is_whole && read == whole());
    };
    tokio::join!(world.get(FILM), late);
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /static/film.mp4
        0 ms  origin -> /static/film.mp4 5242880 bytes
    10000 ms  late   <- what has arrived
    20000 ms  stored    /static/film.mp4 5242880 bytes
    20000 ms  page   <- /static/film.mp4 5242880 bytes
    ");
}

#[tokio::test(start_paused = true)]
async fn body_that_breaks_off_looks_whole_to_nobody() {
    let world = World::new().await;
    let (begin, rest) = halves();
    let film = Answer::of("video/mp4", begin).then(secs(10), rest).then_cut();
    world.origin.at(FILM, film);
    tokio::join!(world.get(FILM), world.get(FILM), world.get_after(5, FILM));
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /static/film.mp4
        0 ms  origin -> /static/film.mp4 5242880 bytes and breaks off
    10000 ms  page   <- /static/film.mp4 5242880 bytes and breaks off
    10000 ms  page   <- /static/film.mp4 5242880 bytes and breaks off
    10000 ms  page   <- /static/film.mp4 5242880 bytes and breaks off
    10000 ms  event     not stored /static/film.mp4: the body is incomplete: the connection was cut
    ");
}

/// What others read along is in the file; where that ends the body is not whole.
#[tokio::test(start_paused = true)]
async fn body_that_turns_out_too_large_is_whole_for_who_asked_first_alone() {
    let world = World::with(&format!("{POLLS}\n[storage]\nquota = \"4 MiB\"\n")).await;
    world.origin.at(FILM, film(10));
    let first = world.begin_to_get(FILM).await;
    let second = world.begin_to_get(FILM).await;
    assert_eq!(first.rest().await, (whole(), true));
    assert_eq!(second.rest().await, (halves().0, false));
    assert!(world.transcript().await.contains("5242880 bytes are more than the quota of 4194304"));
}

#[tokio::test(start_paused = true)]
async fn body_that_is_announced_too_large_is_fetched_for_each() {
    let world = World::with(&format!("{POLLS}\n[storage]\nquota = \"4 MiB\"\n")).await;
    world.origin.at(FILM, film(10).header("content-length", &(5 * MIB).to_string()));
    let (first, second) = tokio::join!(world.get(FILM), world.get(FILM));
    assert!(first.body == whole() && second.body == whole());
    assert_eq!(world.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_asked_first_may_leave() {
    let world = World::new().await;
    world.origin.at(FILM, film(10));
    let first = async {
        let mut reader = world.begin_to_get(FILM).await;
        reader.piece().await;
    };
    let ((), second) = tokio::join!(first, world.get_after(1, FILM));
    assert_eq!(second.body, whole());
    assert_eq!(world.fetches(), 1);
}

/// The slowest of them keeps nobody waiting and misses nothing.
#[tokio::test(start_paused = true)]
async fn reader_who_stops_holds_up_nobody_else() {
    let world = World::new().await;
    world.origin.at(FILM, film_in_pieces());
    let slow = world.begin_to_get(FILM).await;
    world.rest(secs(1)).await;
    assert!(world.fetches() == 1 && !world.transcript.text().contains("stored"), "it waits");
    assert_eq!(world.get(FILM).await.body, whole());
    assert_eq!(slow.rest().await, (whole(), true));
    assert_eq!(world.fetches(), 1);
}

/// Alone it sets the pace, and gets all of it in the end.
#[tokio::test(start_paused = true)]
async fn reader_who_stops_stops_the_site_and_goes_on_with_it() {
    let world = World::new().await;
    world.origin.at(FILM, film_in_pieces());
    let slow = world.begin_to_get(FILM).await;
    world.rest(secs(1)).await;
    assert_eq!(slow.rest().await, (whole(), true));
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /static/film.mp4
       0 ms  origin -> /static/film.mp4 5242880 bytes
    1040 ms  stored    /static/film.mp4 5242880 bytes
    ");
}

/// Its row goes while it is read, and with it its name.
#[tokio::test(start_paused = true)]
async fn body_that_is_read_along_outlives_its_row() {
    let world = World::new().await;
    world.origin.at(FILM, film(1));
    let first = world.begin_to_get(FILM).await;
    let mut second = world.begin_to_get(FILM).await;
    let begin = second.piece().await;
    assert_eq!(first.rest().await, (whole(), true));
    world.settle().await;
    world.origin.at(FILM, Answer::of("video/mp4", "new").header("clear-site-data", "\"cache\""));
    world.get_with(FILM, CACHE_CONTROL, "no-cache").await;
    let (rest, is_whole) = second.rest().await;
    assert!(is_whole && [begin, rest].concat() == whole());
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /static/film.mp4
       0 ms  origin -> /static/film.mp4 5242880 bytes
    1000 ms  stored    /static/film.mp4 5242880 bytes
    1002 ms  origin <- GET /static/film.mp4
    1002 ms  origin -> /static/film.mp4 new
    1002 ms  stored    /static/film.mp4 new
    1002 ms  page   <- /static/film.mp4 new
    1002 ms  event     changed /static/film.mp4, media
    ");
}

/// The page after a form shows what the form has changed.
#[tokio::test(start_paused = true)]
async fn what_is_submitted_is_not_answered_from_before() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("before").after(ms(1500)));
    world.origin.at("POST /polls/", Answer::redirect(302, "/polls/"));
    let submit = async {
        world.rest(secs(1)).await;
        world.origin.at("/polls/", Answer::page("after"));
        world.send(Request { method: Method::POST, ..world.browser_request("/polls/") }).await;
        world.get("/polls/").await;
    };
    tokio::join!(world.get("/polls/"), submit);
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    1000 ms  origin <- POST /polls/
    1000 ms  origin -> /polls/ 302
    1000 ms  page   <- /polls/ 302 to /polls/
    1000 ms  origin <- GET /polls/
    1000 ms  origin -> /polls/ after
    1000 ms  stored    /polls/ after
    1000 ms  page   <- /polls/ after
    1500 ms  origin -> /polls/ before
    1500 ms  stored    /polls/ before
    1500 ms  page   <- /polls/ before
    1500 ms  event     changed /polls/, document
    ");
}

#[tokio::test(start_paused = true)]
async fn body_that_the_end_of_the_engine_cuts_does_not_look_whole() {
    let mut world = World::new().await;
    world.origin.at(FILM, film(10));
    let first = world.begin_to_get(FILM).await;
    let second = world.begin_to_get(FILM).await;
    world.restart(POLLS).await;
    assert!(!first.rest().await.1 && !second.rest().await.1);
}
