//! What a process did to its files, from what strace wrote down with
//! `-f -y -xx`: each call with the paths of its files, and every string in hexadecimal.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The calls that are recorded: every one by which this program can change a file.
pub(super) const CALLS: &str = "openat,open,creat,write,writev,pwrite64,pwritev,pwritev2,lseek,\
    ftruncate,truncate,fallocate,copy_file_range,sendfile,fsync,fdatasync,sync_file_range,rename,\
    renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,mmap";

/// One thing that was done. Paths are those within the recorded folder.
#[derive(Debug)]
pub(super) enum Done {
    /// A file that need not be new was opened to be written.
    Created(PathBuf),
    Wrote {
        path: PathBuf,
        offset: usize,
        bytes: Vec<u8>,
    },
    Resized {
        path: PathBuf,
        length: usize,
    },
    /// A file, or the names in a folder.
    Synced(PathBuf),
    Renamed {
        from: PathBuf,
        to: PathBuf,
    },
    Removed(PathBuf),
    MadeFolder(PathBuf),
    /// Somebody was told so.
    Told(String),
}

impl Done {
    /// What somebody was told, if this was that.
    pub(super) fn told(&self) -> Option<&str> {
        if let Self::Told(said) = self { Some(said.trim()) } else { None }
    }

    /// In few words.
    pub(super) fn brief(&self) -> String {
        match self {
            Self::Created(path) => format!("create {}", path.display()),
            Self::Wrote { path, offset, bytes } => {
                format!("write {} at {offset} of {}", bytes.len(), path.display())
            }
            Self::Resized { path, length } => format!("make {} {length} long", path.display()),
            Self::Synced(path) => format!("sync {}", path.display()),
            Self::Renamed { from, to } => format!("rename {} {}", from.display(), to.display()),
            Self::Removed(path) => format!("remove {}", path.display()),
            Self::MadeFolder(path) => format!("make the folder {}", path.display()),
            Self::Told(said) => format!("say {}", said.trim()),
        }
    }
}

/// What was done in a folder, in its order. What is written to the file `told` was told.
///
/// # Panics
///
/// On a call that it does not know: what is not seen would not be lost either.
pub(super) fn read(log: &str, folder: &Path) -> Vec<Done> {
    let mut reader = Reader { folder, positions: HashMap::new() };
    let calls = whole(log);
    calls.iter().filter_map(|call| reader.done(&Call::parse(call)?)).collect()
}

/// The calls, each where it ended: a line ends early where another thread begins one.
fn whole(log: &str) -> Vec<String> {
    let mut begun = HashMap::new();
    let mut calls = Vec::new();
    for line in log.lines() {
        let (process, call) = line.split_once(' ').unwrap();
        let call = call.trim_start();
        if let Some(beginning) = call.strip_suffix("<unfinished ...>") {
            begun.insert(process, beginning);
        } else if call.starts_with("<... ") {
            let (_, end) = call.split_once(" resumed>").unwrap();
            calls.push(begun.remove(process).unwrap().to_owned() + end);
        } else {
            calls.push(call.to_owned());
        }
    }
    calls
}

/// A call that succeeded.
struct Call<'l> {
    name: &'l str,
    arguments: Vec<&'l str>,
    result: &'l str,
}

impl<'l> Call<'l> {
    fn parse(call: &'l str) -> Option<Self> {
        let (call, result) = call.rsplit_once(" = ")?;
        let (name, arguments) = call.trim().split_once('(')?;
        if result.starts_with('-') {
            return None;
        }
        let arguments = arguments.trim_end().strip_suffix(')')?;
        // In hexadecimal no string has a comma of its own.
        Some(Self { name, arguments: arguments.split(", ").map(str::trim).collect(), result })
    }

    fn number(&self, at: usize) -> usize {
        self.arguments[at].parse().unwrap()
    }

    fn text(&self, at: usize) -> Vec<u8> {
        let quoted = self.arguments[at];
        let text = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        decoded(text.unwrap_or_else(|| panic!("{} is cut: {quoted:.80}", self.name)))
    }
}

fn decoded(text: &str) -> Vec<u8> {
    let digits = text.split("\\x").skip(1);
    digits.map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect()
}

fn path(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8(bytes).unwrap().into()
}

/// The path of an open file, if it has one.
fn opened(file: &str) -> Option<PathBuf> {
    let (_number, rest) = file.split_once('<')?;
    let (name, rest) = rest.split_once('>')?;
    rest.is_empty().then(|| path(decoded(name)))
}

struct Reader<'f> {
    folder: &'f Path,
    /// Where the next write to an open file goes, by its number.
    positions: HashMap<String, usize>,
}

impl Reader<'_> {
    fn within(&self, path: &Path) -> Option<PathBuf> {
        let within = path.strip_prefix(self.folder).ok()?;
        // Made anew from the log at each start.
        let is_index = within.to_string_lossy().ends_with("-shm");
        (!is_index).then(|| within.to_owned())
    }

    /// The path of a file that is an argument, if it is within the folder.
    fn file(&self, call: &Call<'_>) -> Option<PathBuf> {
        self.within(&opened(call.arguments[0])?)
    }

    /// A path that is an argument.
    fn named(&self, call: &Call<'_>, at: usize) -> Option<PathBuf> {
        self.within(&path(call.text(at)))
    }

    /// A path that is the argument after a folder's.
    fn named_in(&self, call: &Call<'_>, at: usize) -> Option<PathBuf> {
        let folder = opened(call.arguments[at]).unwrap_or_default();
        self.within(&folder.join(path(call.text(at + 1))))
    }

    fn wrote(path: PathBuf, offset: usize, mut bytes: Vec<u8>, length: usize) -> Done {
        bytes.truncate(length);
        if path == Path::new("told") {
            return Done::Told(String::from_utf8(bytes).unwrap());
        }
        Done::Wrote { path, offset, bytes }
    }

    fn done(&mut self, call: &Call<'_>) -> Option<Done> {
        let number = |file: &str| file.split('<').next().unwrap().to_owned();
        match call.name {
            "openat" => {
                self.positions.insert(number(call.result), 0);
                let (path, flags) = (self.named_in(call, 0)?, call.arguments[2]);
                assert!(!flags.contains("O_TMPFILE"), "{flags}");
                let is_created = flags.contains("O_CREAT") && path != Path::new("told");
                is_created.then_some(match flags.contains("O_TRUNC") {
                    true => Done::Resized { path, length: 0 },
                    false => Done::Created(path),
                })
            }
            "lseek" => {
                let to = call.result.parse().unwrap();
                self.positions.insert(number(call.arguments[0]), to);
                None
            }
            "write" => {
                let length: usize = call.result.parse().unwrap();
                let path = self.file(call)?;
                let position = self.positions.get_mut(&number(call.arguments[0])).unwrap();
                let offset = *position;
                *position += length;
                Some(Self::wrote(path, offset, call.text(1), length))
            }
            "pwrite64" => {
                let length = call.result.parse().unwrap();
                Some(Self::wrote(self.file(call)?, call.number(3), call.text(1), length))
            }
            "ftruncate" => Some(Done::Resized { path: self.file(call)?, length: call.number(1) }),
            "fsync" | "fdatasync" => Some(Done::Synced(self.file(call)?)),
            "rename" => {
                let (from, to) = (self.named(call, 0)?, self.named(call, 1).unwrap());
                Some(Done::Renamed { from, to })
            }
            "unlink" | "rmdir" => Some(Done::Removed(self.named(call, 0)?)),
            "unlinkat" => Some(Done::Removed(self.named_in(call, 0)?)),
            "mkdir" => Some(Done::MadeFolder(self.named(call, 0)?)),
            "mmap" => {
                let is_written = call.arguments[2].contains("PROT_WRITE")
                    && call.arguments[3].contains("MAP_SHARED");
                let file = opened(call.arguments[4]).and_then(|path| self.within(&path));
                assert!(!is_written || file.is_none(), "{file:?} is written as memory");
                None
            }
            other => {
                let arguments = call.arguments.iter();
                let mut files = arguments.filter_map(|file| self.within(&opened(file)?));
                assert_eq!(files.next(), None, "{other} is not known here");
                None
            }
        }
    }
}
