//! The person table: who is behind a session, so that what one person has submitted can be
//! sent with the session of the same person's next sign-in, and with nobody else's.

use std::time::SystemTime;

use http::HeaderValue;
use http::header::COOKIE;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::Store;
use super::responses::{headers_from_stored, headers_to_stored};
use super::sealing::SEALED;
use super::submission::{DISCARDED, SIGNED_IN, cookies_word, step};
use super::{notices, wishes};
use crate::error::StoreError;
use crate::request::Cookies;
use crate::time::to_unix_ms;

/// As many sessions are remembered.
const REMEMBERED: i64 = 256;

/// A session that somebody has begun.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub(crate) partition: String,
    /// A hash of who it is.
    pub(crate) person: String,
    pub(crate) cookies: Cookies,
    /// What a client that keeps its own cookies sends from now on.
    pub(crate) cookie: Option<HeaderValue>,
}

/// Who is behind a session, if that is known.
pub(super) fn of(db: &Connection, partition: &str) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT person FROM person WHERE partition = :partition")?
        .query_row(named_params! { ":partition": partition }, |row| row.get(0))
        .optional()
}

/// The session that somebody has begun last.
pub(super) fn newest_session(
    db: &Connection,
    person: Option<&str>,
) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT partition FROM person WHERE person = :person ORDER BY at_ms DESC LIMIT 1";
    db.prepare_cached(sql)?
        .query_row(named_params! { ":person": person }, |row| row.get(0))
        .optional()
}

/// Notes who is behind a session, and gives this session to what the same person has submitted.
pub(super) fn signed_in(
    db: &Connection,
    sign_in: &SignIn,
    now: SystemTime,
) -> rusqlite::Result<()> {
    let SignIn { partition, person, cookies, cookie } = sign_in;
    let sql = "INSERT INTO person (partition, person, at_ms) VALUES (:partition, :person, :at_ms)
               ON CONFLICT (partition) DO UPDATE SET person = :person, at_ms = :at_ms";
    let at_ms = to_unix_ms(now);
    db.prepare_cached(sql)?.execute(named_params! {
        ":partition": partition, ":person": person, ":at_ms": at_ms,
    })?;
    let sql = "DELETE FROM person WHERE partition IN
                   (SELECT partition FROM person ORDER BY at_ms DESC LIMIT -1 OFFSET :most)";
    db.prepare_cached(sql)?.execute(named_params! { ":most": REMEMBERED })?;

    wishes::signed_in(db, partition, person)?;
    notices::signed_in(db, partition, person)?;

    // What they left behind sealed is theirs again.
    let sql = format!(
        "SELECT id, headers FROM submission
          WHERE person = :person
            AND (cookies = :cookies OR :cookies = 'jar' AND partition LIKE '{SEALED}%')"
    );
    let theirs: Vec<(i64, Vec<u8>)> = db
        .prepare_cached(&sql)?
        .query_map(
            named_params! { ":person": person, ":cookies": cookies_word(*cookies) },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect::<Result<_, _>>()?;
    for (id, headers) in theirs {
        let mut headers = headers_from_stored(&headers);
        if *cookies == Cookies::Jar {
            headers.remove(COOKIE);
        }
        if let Some(cookie) = cookie {
            headers.insert(COOKIE, cookie.clone());
        }
        let sql = "UPDATE submission SET partition = :partition, headers = :headers,
                          cookies = :cookies,
                          next_try_at_ms = MIN(next_try_at_ms, MAX(not_before_ms, :now))
                    WHERE id = :id";
        let headers = headers_to_stored(&headers);
        db.prepare_cached(sql)?.execute(named_params! {
            ":id": id, ":partition": partition, ":headers": headers, ":now": at_ms,
            ":cookies": cookies_word(*cookies),
        })?;
        step(db, (id, &SIGNED_IN), "next_try_at_ms = :now", &[(":now", &at_ms)])?;
    }
    Ok(())
}

impl Store {
    /// Who is behind a session, if that is known.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn person(&self, partition: &str) -> Result<Option<String>, StoreError> {
        self.inner.state.read("read who is signed in", |db| of(db, partition))
    }

    /// Somebody has begun a session, which goes with what the same person has submitted.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn signed_in(
        &self,
        sign_in: SignIn,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        self.write_outbox("note who is signed in", move |db| signed_in(db, &sign_in, now)).await
    }

    /// The site has given a visitor who is nobody in particular another session.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn session_followed(
        &self,
        before: String,
        after: String,
    ) -> Result<(), StoreError> {
        self.write_outbox("keep a submission", move |db| {
            let sql = "UPDATE submission SET partition = :after
                        WHERE partition = :before AND person IS NULL";
            let sessions = named_params! { ":before": before, ":after": after };
            db.prepare_cached(sql)?.execute(sessions).map(|_| ())
        })
        .await
    }

    /// How many of these routes wait that were submitted by one visitor.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn count_of(&self, partition: &str, routes: &[String]) -> Result<u32, StoreError> {
        let sql = "SELECT COUNT(*) FROM submission WHERE partition = :partition AND route = :route";
        self.inner.state.read("read what was submitted", |db| {
            let mut statement = db.prepare_cached(sql)?;
            let counts = routes.iter().map(|route| {
                let of_route = named_params! { ":partition": partition, ":route": route };
                statement.query_row(of_route, |row| row.get::<_, u32>(0))
            });
            counts.sum()
        })
    }

    /// Discards what one visitor has submitted on these routes and is not being sent.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn discard_of(
        &self,
        partition: String,
        routes: Vec<String>,
    ) -> Result<(), StoreError> {
        self.write_outbox("discard what was submitted", move |db| {
            let sql = "SELECT id FROM submission WHERE partition = :partition AND route = :route";
            for route in &routes {
                let of_route = named_params! { ":partition": partition, ":route": route };
                let ids: Vec<i64> = db
                    .prepare_cached(sql)?
                    .query_map(of_route, |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
                for id in ids {
                    step(db, (id, &DISCARDED), "", &[])?;
                }
            }
            Ok(())
        })
        .await
    }
}
