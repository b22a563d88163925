//! The streaming rewriter.

use std::io;
use std::sync::Mutex;

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use futures::future;
use futures::stream::{self, BoxStream, StreamExt};
use http::header::{CONTENT_ENCODING, HeaderMap};
use lol_html::errors::RewritingError;
use lol_html::html_content::ContentType;
use lol_html::send::{HtmlRewriter, Settings};
use lol_html::{AsciiCompatibleEncoding, MemorySettings, bail_out, element, text};

use super::attributes::map_attributes;
use super::links::Links;
use super::output::{MARK, Output, Shared, Sink, lock};
use crate::body::Body;
use crate::response::{content_type, is_attachment, is_css, is_html};

/// A body after rewriting.
pub(crate) struct Rewritten {
    pub(crate) body: Body,
    /// The byte offset right inside the document's head.
    pub(crate) head_at: Option<usize>,
    /// Values that differ each time although nothing changed: CSRF tokens.
    pub(crate) tokens: Vec<String>,
}

/// How many bytes the rewriter may hold: a picture in an attribute is held until the tag
/// ends, and so is each element that is open. What needs more passes as it is from there on.
const MEMORY: usize = 16 << 20;
/// The bytes of a `<style>` that are looked at together.
const LONGEST_STYLE: usize = 1 << 20;

/// What may stand for the session in a form, in lower case.
const TOKEN_NAMES: [&str; 3] = ["csrf", "authenticity_token", "xsrf"];

/// Rewrites what is HTML or CSS; everything else passes.
///
/// A body in an encoding that is not a superset of ASCII (UTF-16) is left alone.
#[tracing::instrument(level = "debug", name = "rewrite", skip_all)]
pub(crate) async fn rewrite(body: Body, headers: &HeaderMap, links: &Links) -> Rewritten {
    // A coding that the transport does not know is still on the body.
    let is_coded = headers.contains_key(CONTENT_ENCODING);
    let untouched = |body| Rewritten { body, head_at: None, tokens: Vec::new() };
    // A file that is kept elsewhere is not shown here: it stays as it was sent.
    if is_coded || is_attachment(headers) {
        return untouched(body);
    }
    if is_css(headers) {
        return untouched(rewrite_css(body, links));
    }
    if !is_html(headers) {
        return untouched(body);
    }
    match body {
        Body::Bytes(whole) => {
            let Some(encoding) = encoding(headers, &whole) else {
                return untouched(Body::Bytes(whole));
            };
            let (mut rewriter, output) = rewriter(links.clone(), encoding);
            let is_rewritten = rewriter.write(&whole).is_ok() && rewriter.end().is_ok();
            if !is_rewritten {
                return untouched(Body::Bytes(whole));
            }
            let mut output = lock(&output);
            let tokens = std::mem::take(&mut output.tokens);
            Rewritten { body: Body::Bytes(output.take()), head_at: output.head_at, tokens }
        }
        Body::Stream(pieces) => rewrite_stream(pieces, headers, links.clone()).await,
    }
}

/// Rewrites piece by piece; memory holds one piece.
///
/// The first one is rewritten before the rest is asked for, because the byte order mark and
/// the head are in it.
async fn rewrite_stream(mut pieces: Pieces, headers: &HeaderMap, links: Links) -> Rewritten {
    let first = pieces.next().await.unwrap_or(Ok(Bytes::new()));
    let Some(encoding) = encoding(headers, first.as_deref().unwrap_or_default()) else {
        let body = Body::Stream(stream::once(future::ready(first)).chain(pieces).boxed());
        return Rewritten { body, head_at: None, tokens: Vec::new() };
    };
    let (rewriter, output) = rewriter(links, encoding);
    let mut state = Passing::Rewritten(Box::new(rewriter));
    let begun = first.and_then(|first| state.take(first, &output));
    let head_at = lock(&output).head_at;
    let rest =
        pieces.map(Some).chain(stream::once(async { None })).scan(state, move |state, piece| {
            future::ready(match (&state, piece) {
                (Passing::Ended, _) => None,
                (_, Some(Ok(piece))) => Some(state.take(piece, &output)),
                (_, Some(Err(error))) => {
                    *state = Passing::Ended;
                    Some(Err(error))
                }
                (_, None) => Some(state.end(&output)),
            })
        });
    let body = Body::Stream(stream::once(future::ready(begun)).chain(rest).boxed());
    Rewritten { body, head_at, tokens: Vec::new() }
}

/// How the pieces of a page are passed on.
enum Passing {
    Rewritten(Box<HtmlRewriter<'static, Sink>>),
    /// As they are: the rewriter had to hold too much.
    Untouched,
    Ended,
}

impl Passing {
    fn take(&mut self, piece: Bytes, output: &Mutex<Output>) -> io::Result<Bytes> {
        match std::mem::replace(self, Self::Ended) {
            Self::Rewritten(mut rewriter) => {
                *self = match rewriter.write(&piece) {
                    Ok(()) => Self::Rewritten(rewriter),
                    Err(error) => Self::after(error)?,
                };
                Ok(lock(output).take())
            }
            Self::Untouched => {
                *self = Self::Untouched;
                Ok(piece)
            }
            Self::Ended => Ok(Bytes::new()),
        }
    }

    fn end(&mut self, output: &Mutex<Output>) -> io::Result<Bytes> {
        if let Self::Rewritten(rewriter) = std::mem::replace(self, Self::Ended)
            && let Err(error) = rewriter.end()
        {
            Self::after(error)?;
        }
        Ok(lock(output).take())
    }

    /// Of a page that takes too much memory everything that came is written all the same.
    fn after(error: RewritingError) -> io::Result<Self> {
        let RewritingError::MemoryLimitExceeded(_) = error else {
            return Err(io::Error::other(error));
        };
        Ok(Self::Untouched)
    }
}

/// Style sheets larger than what is read at once are left alone.
fn rewrite_css(body: Body, links: &Links) -> Body {
    match body {
        Body::Bytes(bytes) => {
            let mapped = std::str::from_utf8(&bytes).ok().and_then(|text| links.css(text));
            mapped.map_or(Body::Bytes(bytes), Body::from)
        }
        Body::Stream(_) => body,
    }
}

/// The encoding by byte order mark, then by header; a `meta` may correct UTF-8.
fn encoding(headers: &HeaderMap, start: &[u8]) -> Option<AsciiCompatibleEncoding> {
    let mark = Encoding::for_bom(start).map(|(encoding, _)| encoding);
    let named = content_type(headers)
        .and_then(|(_, charset)| charset)
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    AsciiCompatibleEncoding::new(mark.or(named).unwrap_or(UTF_8))
}

type Pieces = BoxStream<'static, io::Result<Bytes>>;

fn rewriter(
    links: Links,
    encoding: AsciiCompatibleEncoding,
) -> (HtmlRewriter<'static, Sink>, Shared) {
    let output = Shared::default();
    let (seen, noted) = (output.clone(), output.clone());
    let css_links = links.clone();
    let mut is_head_found = false;
    let (gathered, left) = (output.clone(), output.clone());
    let settings = Settings::new_send()
        .with_encoding(encoding)
        .with_adjust_charset_on_meta_tag(true)
        .with_strict(false)
        .with_memory_settings(
            MemorySettings::new()
                .with_max_allowed_memory_usage(MEMORY)
                .with_graceful_bail_out_on_memory_limit_exceeded(true),
        )
        .append_bail_out_handler(bail_out!(move |_, rest| {
            let css = std::mem::take(&mut lock(&left).css);
            rest.append(&css, ContentType::Html);
        }))
        .append_element_content_handler(element!("*", move |element| {
            if !is_head_found {
                // Without a head the parser makes one before the first other element.
                match element.tag_name().as_str() {
                    "html" => {}
                    "head" => {
                        element.prepend(MARK, ContentType::Html);
                        is_head_found = true;
                    }
                    _ => {
                        element.before(MARK, ContentType::Html);
                        is_head_found = true;
                    }
                }
            }
            map_attributes(element, &links, &mut lock(&seen).has_foreign_base);
            Ok(())
        }))
        .append_element_content_handler(element!("input[type='hidden' i]", move |element| {
            let name = element.get_attribute("name").unwrap_or_default().to_ascii_lowercase();
            if TOKEN_NAMES.iter().any(|token| name.contains(token)) {
                let value = element.get_attribute("value").unwrap_or_default();
                lock(&noted).tokens.push(value);
            }
            Ok(())
        }))
        .append_element_content_handler(text!("style", move |chunk| {
            let css = &mut lock(&gathered).css;
            css.push_str(chunk.as_str());
            if chunk.last_in_text_node() || css.len() > LONGEST_STYLE {
                let whole = std::mem::take(css);
                let mapped = css_links.css(&whole);
                chunk.replace(mapped.as_deref().unwrap_or(&whole), ContentType::Html);
            } else {
                chunk.remove();
            }
            Ok(())
        }));
    (HtmlRewriter::new(settings, Sink(output.clone())), output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::Url;

    fn html(charset: &str) -> HeaderMap {
        let value = format!("text/html{charset}").parse().unwrap();
        HeaderMap::from_iter([(http::header::CONTENT_TYPE, value)])
    }

    fn links() -> Links {
        Links::to(&Url::parse("http://127.0.0.1:8000").unwrap())
    }

    fn whole(page: &'static str) -> (String, Option<usize>, Vec<String>) {
        let headers = html("; charset=utf-8");
        let rewritten = futures::executor::block_on(rewrite(Body::from(page), &headers, &links()));
        let Body::Bytes(bytes) = rewritten.body else { panic!("a whole body stays whole") };
        (String::from_utf8(bytes.to_vec()).unwrap(), rewritten.head_at, rewritten.tokens)
    }

    #[track_caller]
    fn check_head(page: &'static str, expected: &str) {
        let (text, at, _) = whole(page);
        assert_eq!(text, page, "nothing else changes");
        let (before, after) = text.split_at(at.expect("a place is found"));
        assert_eq!(format!("{before}|{after}"), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn the_head_is_found_however_the_page_is_written() {
        check_head("<!doctype html><html><head><title>x</title>", "<!doctype html><html><head>|<title>x</title>");
        check_head("<!doctype html><!-- <head> --><HTML><HEAD lang=a>", "<!doctype html><!-- <head> --><HTML><HEAD lang=a>|");
        check_head("<!doctype html><title>x</title>",           "<!doctype html>|<title>x</title>");
        check_head("<html lang=de><body><p>x",                  "<html lang=de>|<body><p>x");
        check_head("\u{feff}<p>x",                              "\u{feff}|<p>x");
    }

    #[test]
    fn a_file_that_is_kept_elsewhere_stays_as_it_was_sent() {
        let page = "<title>x</title><a href=\"http://127.0.0.1:8000/x\">x</a>";
        let check = |how: &'static str, is_changed: bool| {
            let mut headers = html("");
            let how = http::HeaderValue::from_static(how);
            headers.insert(http::header::CONTENT_DISPOSITION, how.clone());
            let rewritten =
                futures::executor::block_on(rewrite(Body::from(page), &headers, &links()));
            let Body::Bytes(bytes) = rewritten.body else { panic!("a whole body stays whole") };
            assert_eq!(bytes != page.as_bytes(), is_changed, "{how:?}");
            assert_eq!(rewritten.head_at.is_some(), is_changed, "{how:?}");
        };
        check("attachment", false);
        check(" Attachment ; filename=\"x.html\"", false);
        check("form-data", false);
        check("inline; filename=\"x.html\"", true);
        check("", true);
    }

    #[test]
    fn links_to_the_site_stay_in_the_app() {
        let (text, _, _) = whole(
            "<a href='http://127.0.0.1:8000/polls/?a=1&amp;b=2'>x</a>\
             <img srcset=\"http://127.0.0.1:8000/a.png 2x\" style=\"background:url(http://127.0.0.1:8000/b.png)\">\
             <meta http-equiv=Refresh content='5; URL=http://127.0.0.1:8000/polls/'>\
             <meta http-equiv=content-security-policy content='img-src http://127.0.0.1:8000'>\
             <img data-src=http://127.0.0.1:8000/d.png data-srcset='//127.0.0.1:8000/e.png 2x' data-id=1>\
             <meta property=og:url content='http://127.0.0.1:8000/polls/'>\
             <style>a{background:url(http://127.0.0.1:8000/c.png)}</style>\
             <a href=https://example.org/>y</a>",
        );
        assert_eq!(
            text,
            "<a href=\"/polls/?a=1&amp;b=2\">x</a>\
             <img srcset=\"/a.png 2x\" style=\"background:url(/b.png)\">\
             <meta http-equiv=Refresh content=\"5; url=/polls/\">\
             <meta http-equiv=content-security-policy content=\"img-src 'self'\">\
             <img data-src=\"/d.png\" data-srcset=\"/e.png 2x\" data-id=1>\
             <meta property=og:url content='http://127.0.0.1:8000/polls/'>\
             <style>a{background:url(/c.png)}</style>\
             <a href=https://example.org/>y</a>"
        );
    }

    #[test]
    fn a_base_on_another_site_keeps_links_absolute() {
        let page = "<base href=https://example.org/><a href=http://127.0.0.1:8000/polls/>x</a>";
        assert_eq!(whole(page).0, page);
    }

    #[test]
    fn tokens_are_noted() {
        let (_, _, tokens) = whole(
            "<input type=hidden name=csrfmiddlewaretoken value=abc><input type=hidden name=id value=1>",
        );
        assert_eq!(tokens, ["abc"]);
    }

    #[tokio::test]
    async fn a_long_page_is_rewritten_piece_by_piece() {
        let pieces = ["<html><he", "ad><a href=http://127.", "0.0.1:8000/x>x</a>"];
        let stream =
            futures::stream::iter(pieces.map(|piece| Ok(Bytes::from_static(piece.as_bytes()))));
        let rewritten = rewrite(Body::Stream(stream.boxed()), &html(""), &links()).await;
        let bytes = rewritten.body.collect().await.unwrap();
        assert_eq!(rewritten.head_at, None, "the head was not in the first piece");
        assert_eq!(bytes, "<html><head><a href=\"/x\">x</a>");
    }

    #[tokio::test]
    async fn a_page_in_utf_16_is_left_alone() {
        let bytes = Bytes::from_static(b"\xff\xfe<\0p\0>\0");
        let rewritten = rewrite(Body::from(bytes.clone()), &html(""), &links()).await;
        assert_eq!(rewritten.body.collect().await.unwrap(), bytes);
        let rewritten =
            rewrite(Body::from(bytes.clone()), &html("; charset=utf-16le"), &links()).await;
        assert_eq!(rewritten.head_at, None);
    }

    #[tokio::test]
    async fn the_mark_of_a_long_page_counts_for_more_than_its_header() {
        let link = "<a href=\"http://127.0.0.1:8000/\">";
        for (mark, expected) in [(&b"\xff\xfe"[..], link), (b"\xef\xbb\xbf", "<a href=\"/\">")] {
            let page = Bytes::from([mark, link.as_bytes()].concat());
            let stream = Body::Stream(stream::iter([Ok(page)]).boxed());
            let done = rewrite(stream, &html("; charset=shift_jis"), &links()).await;
            let bytes = done.body.collect().await.unwrap();
            assert_eq!(bytes, [mark, expected.as_bytes()].concat());
        }
    }

    /// Pieces of pages, well and badly written; none names the site.
    const PIECES: [&str; 30] = [
        "<!doctype html>",
        "<html>",
        "<head>",
        "</head>",
        "<body class=a>",
        "<p>",
        "</p>",
        "text",
        "<style>",
        "</style>",
        "a{background:url(/x.png)}",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<a href='/x?a=1&amp;b=2'>",
        "<a href=\"",
        "\"",
        "'",
        ">",
        "<",
        "&",
        "<base href=/x/>",
        "<input type=hidden name=csrf value=1>",
        "<textarea>",
        "<svg><![CDATA[",
        "]]>",
        "<template>",
        "<img srcset=\"/a 1x, /b 2x\" style='color:red'>",
        "\n\t\0",
    ];

    fn page() -> impl Strategy<Value = String> {
        let piece = proptest::sample::select(&PIECES[..]);
        proptest::collection::vec(piece, 0..25).prop_map(|pieces| pieces.concat())
    }

    fn rewritten(body: Body) -> Rewritten {
        futures::executor::block_on(rewrite(body, &html("; charset=utf-8"), &links()))
    }

    fn bytes_of(rewritten: Rewritten) -> Bytes {
        futures::executor::block_on(rewritten.body.collect()).expect("nothing breaks it")
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_as_they_come(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            charset in "(|; charset=(utf-8|windows-1252|shift_jis|utf-16|x))",
        ) {
            let (headers, links) = (html(&charset), links());
            let done = rewrite(Body::from(Bytes::from(bytes)), &headers, &links);
            let done = futures::executor::block_on(done);
            let head_at = done.head_at.unwrap_or(0);
            prop_assert!(head_at <= bytes_of(done).len());
        }

        #[test]
        fn a_page_without_links_to_the_site_stays_as_it_is(page in page()) {
            prop_assert_eq!(bytes_of(rewritten(Body::from(page.clone()))), page);
        }

        #[test]
        fn a_page_in_pieces_becomes_what_the_whole_page_becomes(
            before in page(),
            link in "<a href=http://127\\.0\\.0\\.1:8000/[a-z]{0,3}>",
            after in page(),
            cut in any::<proptest::sample::Index>(),
        ) {
            let page = format!("{before}{link}{after}");
            let at = cut.index(page.len());
            let (one, other) = page.split_at(at);
            let pieces = [one, other].map(|piece| Ok(Bytes::copy_from_slice(piece.as_bytes())));
            let stream = Body::Stream(stream::iter(pieces).boxed());
            let whole = bytes_of(rewritten(Body::from(page.clone())));
            prop_assert_eq!(bytes_of(rewritten(stream)), whole);
        }
    }
}
