//! The processes that run pages, as Linux lists them.

use std::fs;

/// What they are called: the system keeps fifteen characters of a name.
const NAME: &str = "WebKitWebProces";

/// How many bytes of memory the largest of this program takes; 0 where there is none.
pub(super) fn largest() -> u64 {
    let own = std::process::id();
    let Ok(entries) = fs::read_dir("/proc") else { return 0 };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let numbers = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let statuses =
        numbers.filter_map(|number| fs::read_to_string(format!("/proc/{number}/status")).ok());
    statuses.filter_map(|status| memory_of(&status, own)).max().unwrap_or(0)
}

/// The memory of a process that runs a page for `parent`.
fn memory_of(status: &str, parent: u32) -> Option<u64> {
    let field = |name: &str| {
        let mut lines = status.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    let is_one = field("Name")? == NAME && field("PPid")?.parse() == Ok(parent);
    let kilobytes = field("VmRSS")?.strip_suffix(" kB")?;
    is_one.then(|| kilobytes.parse::<u64>().ok()).flatten().map(|kilobytes| kilobytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_runs_pages_for_this_program_is_weighed() {
        let status = "Name:\tWebKitWebProces\nUmask:\t0022\nPPid:\t41\nVmRSS:\t  204800 kB\n";
        assert_eq!(memory_of(status, 41), Some(200 << 20));
        assert_eq!(memory_of(status, 42), None);
        assert_eq!(memory_of(&status.replace("WebP", "NetP"), 41), None);
        assert_eq!(memory_of("Name:\tkthreadd\nPPid:\t41\n", 41), None);
    }
}
