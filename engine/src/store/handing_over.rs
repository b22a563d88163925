//! What waits, taken from one device to another.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::exported::{Exported, Item, Signer};
use super::people;
use super::queue::{Queue, QueueError};
use super::submission::{HANDED_OVER, Kept, Submission, SubmissionState, insert, step};

/// What an import has brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// So many wait here now.
    pub new: usize,
    /// So many were here already, or have been delivered from here.
    pub known: usize,
    /// The device that exported them, as four groups of letters and digits.
    pub from: String,
}

impl Queue {
    /// A signed file of these, or of all that the site has not answered if none is named.
    ///
    /// Where the site gives receipts it may be delivered from here and from there, and counts
    /// once; what goes to another site is sent only from where it is imported.
    ///
    /// # Errors
    ///
    /// That there is none by one of the names, or that one is being sent.
    pub fn export(&self, keys: &[String]) -> Result<String, QueueError> {
        let chosen: Vec<Kept> = match keys {
            [] => self.list()?.iter().map(|waiting| self.kept(&waiting.key)).collect(),
            keys => keys.iter().map(|key| self.kept(key)).collect::<Result<_, _>>(),
        }?;
        let mut items = Vec::new();
        for kept in &chosen {
            items.push(Item::of(kept, &self.whole(&kept.submission)?));
        }
        let signer = self.signer()?;
        for kept in chosen {
            if kept.submission.has_receipts || kept.state == SubmissionState::HandedOver {
                continue;
            }
            let write = |db: &rusqlite::Transaction<'_>| {
                step(db, (kept.id, &HANDED_OVER), "sender = NULL", &[])
            };
            let is_handed_over = self.state.write("hand a submission over", write)?;
            self.stepped(is_handed_over, kept, "exporting it")?;
        }
        Ok(Exported { items }.signed(&signer))
    }

    /// Takes over what another device has exported.
    ///
    /// # Errors
    ///
    /// That the file is damaged, or what the database reports: then nothing is taken over.
    pub fn import(&self, text: &str) -> Result<Imported, QueueError> {
        let (exported, from) = Exported::read(text)?;
        let submissions: Vec<_> =
            exported.items.into_iter().map(Item::into_submission).collect::<Result<_, _>>()?;
        let new = self.state.write("import what was exported", |db| {
            let mut new = 0;
            for (submission, state) in &submissions {
                if !is_known(db, &submission.key)? {
                    insert(db, &at_home(db, submission)?, (*state, None), submission.created_at)?;
                    new += 1;
                }
            }
            Ok(new)
        })?;
        (self.changed)();
        Ok(Imported { new, known: submissions.len() - new, from })
    }

    /// The public key of this device, in base64: who imports what it has exported trusts it.
    ///
    /// # Errors
    ///
    /// What the database reports, or that the system gives no random numbers for a key.
    pub fn device_key(&self) -> Result<String, QueueError> {
        self.signer().map(|signer| signer.public_key())
    }

    /// What this device signs with, made when it is first needed.
    pub(super) fn signer(&self) -> Result<Signer, QueueError> {
        let new = Signer::generate().ok_or(QueueError::NoKey)?;
        let pkcs8 = self.state.write("read the signing key", |db| {
            let sql = "SELECT pkcs8 FROM signing_key";
            let known: Option<Vec<u8>> = db.query_row(sql, [], |row| row.get(0)).optional()?;
            if let Some(known) = known {
                return Ok(known);
            }
            let sql = "INSERT INTO signing_key (pkcs8) VALUES (:pkcs8)";
            db.execute(sql, named_params! { ":pkcs8": new.pkcs8() })?;
            Ok(new.pkcs8().to_vec())
        })?;
        Ok(Signer::from_pkcs8(&pkcs8).unwrap_or(new))
    }
}

fn is_known(db: &Connection, key: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM submission WHERE key = :key
               UNION ALL SELECT 1 FROM delivered WHERE key = :key";
    db.prepare_cached(sql)?.exists(named_params! { ":key": key })
}

/// With the newest session of its person here, if there is one.
fn at_home(db: &Connection, submission: &Submission) -> rusqlite::Result<Submission> {
    let partition = people::newest_session(db, submission.person.as_deref())?;
    let partition = partition.unwrap_or_else(|| submission.partition.clone());
    Ok(Submission { partition, ..submission.clone() })
}
