//! What of somebody stays behind when they leave a device that the next person uses: what they
//! have submitted, sealed. It has the cookies that it needs with it, as that of a client of the
//! gateway has, and a partition that no visitor is ever of.

use http::HeaderValue;
use http::header::COOKIE;
use rusqlite::{Connection, named_params};
use url::Url;
use uuid::Uuid;

use super::responses::{headers_from_stored, headers_to_stored};
use super::submission::cookies_word;
use super::{Store, cookies, responses};
use crate::error::StoreError;
use crate::request::Cookies;

/// How the partition of what is sealed begins.
pub(super) const SEALED: &str = "sealed-";

/// What becomes of a submission whose person leaves.
pub(crate) enum Seal<C> {
    /// It is sealed with these cookies.
    With(C),
    /// It is somebody else's.
    Not,
}

fn seal(
    db: &Connection,
    partition: &str,
    decide: &impl Fn(&Url, &str) -> Seal<Option<HeaderValue>>,
) -> rusqlite::Result<()> {
    let sql = "SELECT id, url, partition, headers FROM submission WHERE cookies = :jar";
    let jar = named_params! { ":jar": cookies_word(Cookies::Jar) };
    let kept: Vec<(i64, String, String, Vec<u8>)> = db
        .prepare_cached(sql)?
        .query_map(jar, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    let sql = "UPDATE submission SET partition = :partition, cookies = :client, headers = :headers
                WHERE id = :id";
    let mut update = db.prepare_cached(sql)?;
    for (id, url, whose, headers) in kept {
        let Ok(url) = Url::parse(&url) else { continue };
        let Seal::With(cookie) = decide(&url, &whose) else { continue };
        let mut headers = headers_from_stored(&headers);
        headers.extend(cookie.map(|cookie| (COOKIE, cookie)));
        update.execute(named_params! {
            ":id": id,
            ":partition": partition,
            ":client": cookies_word(Cookies::Client),
            ":headers": headers_to_stored(&headers),
        })?;
    }
    Ok(())
}

/// Forgets who was here, what they wished for and what they were told.
fn forget(db: &Connection) -> rusqlite::Result<()> {
    cookies::replace(db, &[])?;
    db.prepare_cached("DELETE FROM person")?.execute([])?;
    for table in ["saved", "notice", "notice_left_out", "push_page", "push_cursor"] {
        let sql = format!("DELETE FROM {table} WHERE partition LIKE 'session-%'");
        db.prepare_cached(&sql)?.execute([])?;
    }
    Ok(())
}

impl Store {
    /// Seals what was submitted with the jar's cookies, as `seal` says of an address and a
    /// partition, and deletes the cookies and what was stored for anybody in particular.
    ///
    /// # Errors
    ///
    /// What a database reports.
    pub(crate) async fn end_session(
        &self,
        decide: impl Fn(&Url, &str) -> Seal<Option<HeaderValue>> + Send + 'static,
    ) -> Result<(), StoreError> {
        // One for each session, so that nobody waits for somebody else's of the same lane.
        let partition = format!("{SEALED}{}", Uuid::new_v4());
        self.write_outbox("seal what was submitted", move |db| {
            seal(db, &partition, &decide)?;
            forget(db)
        })
        .await?;
        self.write_cache("forget what is not everybody's", responses::delete_private).await
    }
}
