//! A disk that loses its power: what was synced is there, and of everything else any part.
//!
//! Only what POSIX promises is relied on. A file's content is safe once the file was synced, its
//! name once the folder was, and neither brings the other along. Until then:
//!
//! - each sector of a file has any of the contents it had since, whatever the others have;
//! - a file has any of the lengths it had since, with zeros where the content is not there;
//! - of the names in a folder that were added, changed and removed, each may have been or not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use fastrand::Rng;

use super::recording::Done;

type Names = BTreeMap<String, usize>;

/// What is on the disk, and what is on its way there.
pub(super) struct Disk(Vec<Node>);

enum Node {
    File(File),
    Folder(Folder),
}

#[derive(Default)]
struct File {
    synced: Vec<u8>,
    since: Vec<Change>,
}

enum Change {
    Wrote { offset: usize, bytes: Vec<u8> },
    Resized(usize),
}

#[derive(Default)]
struct Folder {
    synced: Names,
    since: Vec<Naming>,
    now: Names,
}

#[derive(Clone)]
enum Naming {
    Named(String, usize),
    Unnamed(String),
    Renamed(String, String, usize),
}

/// How much of what was not synced is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    Everything,
    /// Everything up to some moment.
    Beginning,
    /// Any part.
    Some,
}

impl Left {
    pub(super) const ALL: [Self; 4] =
        [Self::Nothing, Self::Everything, Self::Beginning, Self::Some];
}

impl Disk {
    /// An empty folder.
    pub(super) fn new() -> Self {
        Self(vec![Node::Folder(Folder::default())])
    }

    /// Does what was done.
    pub(super) fn apply(&mut self, done: &Done) {
        match done {
            Done::Created(path) => drop(self.created(path)),
            Done::Wrote { path, offset, bytes } => {
                let change = Change::Wrote { offset: *offset, bytes: bytes.clone() };
                self.file(path).since.push(change);
            }
            Done::Resized { path, length } => {
                let _id = self.created(path);
                self.file(path).since.push(Change::Resized(*length));
            }
            Done::Synced(path) => match self.find(path).map(|id| &mut self.0[id]) {
                Some(Node::File(file)) => file.sync(),
                Some(Node::Folder(folder)) => folder.sync(),
                None => panic!("{} is not there", path.display()),
            },
            Done::Renamed { from, to } => {
                let id = self.find(from).unwrap();
                let (source, old) = self.place(from);
                let (target, new) = self.place(to);
                if source == target {
                    self.folder(source).change(Naming::Renamed(old, new, id));
                } else {
                    self.folder(target).change(Naming::Named(new, id));
                    self.folder(source).change(Naming::Unnamed(old));
                }
            }
            Done::Removed(path) => {
                let (folder, name) = self.place(path);
                self.folder(folder).change(Naming::Unnamed(name));
            }
            Done::MadeFolder(path) => {
                self.add(path, Node::Folder(Folder::default()));
            }
            Done::Told(_) => {}
        }
    }

    /// Puts what may be left into an empty folder.
    pub(super) fn leave(&self, left: Left, chance: &mut Rng, target: &Path) {
        self.leave_folder(0, left, chance, target);
    }

    fn leave_folder(&self, id: usize, left: Left, chance: &mut Rng, target: &Path) {
        let Node::Folder(folder) = &self.0[id] else { panic!("{id} is a file") };
        for (name, id) in folder.left(left, chance) {
            let target = target.join(name);
            match &self.0[id] {
                Node::File(file) => fs::write(target, file.left(left, chance)).unwrap(),
                Node::Folder(_) => {
                    fs::create_dir(&target).unwrap();
                    self.leave_folder(id, left, chance, &target);
                }
            }
        }
    }

    /// The folder of a path, and its name there.
    fn place(&self, path: &Path) -> (usize, String) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let folder = self.find(path.parent().unwrap());
        (folder.unwrap_or_else(|| panic!("no folder for {}", path.display())), name)
    }

    fn find(&self, path: &Path) -> Option<usize> {
        let mut names = path.components().map(Component::as_os_str);
        names.try_fold(0, |id, name| match &self.0[id] {
            Node::Folder(folder) => folder.now.get(name.to_str().unwrap()).copied(),
            Node::File(_) => None,
        })
    }

    fn created(&mut self, path: &Path) -> usize {
        self.find(path).unwrap_or_else(|| self.add(path, Node::File(File::default())))
    }

    fn add(&mut self, path: &Path, node: Node) -> usize {
        let (folder, name) = self.place(path);
        self.0.push(node);
        let id = self.0.len() - 1;
        self.folder(folder).change(Naming::Named(name, id));
        id
    }

    fn folder(&mut self, id: usize) -> &mut Folder {
        match &mut self.0[id] {
            Node::Folder(folder) => folder,
            Node::File(_) => panic!("{id} is a file"),
        }
    }

    fn file(&mut self, path: &Path) -> &mut File {
        let id = self.find(path).unwrap_or_else(|| panic!("{} is not there", path.display()));
        match &mut self.0[id] {
            Node::File(file) => file,
            Node::Folder(_) => panic!("{} is a folder", path.display()),
        }
    }
}

impl Naming {
    fn apply(&self, names: &mut Names) {
        match self {
            Self::Named(name, id) => drop(names.insert(name.clone(), *id)),
            Self::Unnamed(name) => drop(names.remove(name)),
            Self::Renamed(old, new, id) => {
                if names.get(old) == Some(id) {
                    names.remove(old);
                }
                names.insert(new.clone(), *id);
            }
        }
    }
}

impl Folder {
    fn change(&mut self, naming: Naming) {
        naming.apply(&mut self.now);
        self.since.push(naming);
    }

    fn sync(&mut self) {
        self.synced = self.now.clone();
        self.since.clear();
    }

    fn left(&self, left: Left, chance: &mut Rng) -> Names {
        let mut names = self.synced.clone();
        let kept: Vec<&Naming> = match left {
            Left::Nothing => Vec::new(),
            Left::Everything => self.since.iter().collect(),
            Left::Beginning => self.since.iter().take(chance.usize(0..=self.since.len())).collect(),
            Left::Some => self.since.iter().filter(|_| chance.bool()).collect(),
        };
        kept.into_iter().for_each(|naming| naming.apply(&mut names));
        names
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Wrote { offset, bytes: written } => {
                let end = offset + written.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[*offset..end].copy_from_slice(written);
            }
            Self::Resized(length) => bytes.resize(*length, 0),
        }
    }

    fn length_after(&self, before: usize) -> usize {
        match self {
            Self::Wrote { offset, bytes } => before.max(offset + bytes.len()),
            Self::Resized(length) => *length,
        }
    }

    /// Does its part in one sector, which has `start..start + sector.len()`.
    fn apply_within(&self, start: usize, sector: &mut [u8]) {
        let end = start + sector.len();
        match self {
            Self::Wrote { offset, bytes } => {
                let (from, to) = (start.max(*offset), end.min(offset + bytes.len()));
                if from < to {
                    sector[from - start..to - start]
                        .copy_from_slice(&bytes[from - offset..to - offset]);
                }
            }
            Self::Resized(length) if *length < end => {
                sector[length.saturating_sub(start)..].fill(0);
            }
            Self::Resized(_) => {}
        }
    }

    fn touches(&self, start: usize, end: usize) -> bool {
        match self {
            Self::Wrote { offset, bytes } => *offset < end && start < offset + bytes.len(),
            Self::Resized(length) => *length < end,
        }
    }
}

impl File {
    fn sync(&mut self) {
        for change in self.since.drain(..) {
            change.apply(&mut self.synced);
        }
    }

    fn left(&self, left: Left, chance: &mut Rng) -> Vec<u8> {
        let count = match left {
            Left::Nothing => 0,
            Left::Everything => self.since.len(),
            Left::Beginning => chance.usize(0..=self.since.len()),
            Left::Some => return self.torn(chance),
        };
        let mut bytes = self.synced.clone();
        self.since.iter().take(count).for_each(|change| change.apply(&mut bytes));
        bytes
    }

    /// Each sector by itself, and the length by itself.
    fn torn(&self, chance: &mut Rng) -> Vec<u8> {
        let size = if chance.bool() { 512 } else { 4096 };
        let cut = chance.usize(0..=self.since.len());
        let lengths = self.since.iter().take(cut);
        let length = lengths.fold(self.synced.len(), |before, change| change.length_after(before));
        let mut bytes = self.synced.clone();
        bytes.resize(length, 0);
        for (number, sector) in bytes.chunks_mut(size).enumerate() {
            let (start, end) = (number * size, number * size + size);
            let changes: Vec<(usize, &Change)> = self
                .since
                .iter()
                .enumerate()
                .filter(|(_, change)| change.touches(start, end))
                .collect();
            // What was cut off is gone if the file was cut by then. If it was not, what has come
            // in its place since lies elsewhere, and nothing leads there.
            let is_cut = |change: &Change| matches!(change, Change::Resized(_));
            let least = changes.iter().rposition(|(at, change)| *at < cut && is_cut(change));
            let most = changes.iter().position(|(at, change)| *at >= cut && is_cut(change));
            let (least, most) = (least.map_or(0, |at| at + 1), most.unwrap_or(changes.len()));
            let count = chance.usize(least..=most);
            let kept = changes.into_iter().take(count);
            kept.for_each(|(_, change)| change.apply_within(start, sector));
        }
        bytes
    }
}
