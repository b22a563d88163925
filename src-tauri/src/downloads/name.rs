//! What a download is called: what the site says, made safe to be a file's name on any system.

use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use percent_encoding::percent_decode_str;
use url::Url;

/// What a download is called that nobody has named.
const UNNAMED: &str = "download";
/// The most bytes of a name: file systems take 255, and a number may be put into it.
const LONGEST: usize = 200;
/// What is longer behind the last dot is no extension.
const LONGEST_EXTENSION: usize = 16;

/// How a site wants an answer to be taken (RFC 6266).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Disposition {
    /// To be saved, not shown.
    pub(super) is_attachment: bool,
    /// What it is to be called, if the site says so.
    pub(super) file_name: Option<String>,
}

impl Disposition {
    /// What the headers say; without a word of the site it is shown.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let line = headers.get(CONTENT_DISPOSITION);
        line.map_or(Self { is_attachment: false, file_name: None }, |line| {
            Self::read(line.as_bytes())
        })
    }

    fn read(line: &[u8]) -> Self {
        // "Recipients … ought to be … able to process" text that is no ASCII (RFC 6266 §4.3 and
        // appendix C.1): UTF-8 as browsers take it, else Latin-1.
        let line = match std::str::from_utf8(line) {
            Ok(text) => text.to_owned(),
            Err(_) => line.iter().copied().map(char::from).collect(),
        };
        let (kind, parameters) = line.split_once(';').unwrap_or((&line, ""));
        let parameters = parameters_of(parameters);
        let named = |name: &str| {
            let found = parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        // "recipients SHOULD pick "filename*" and ignore "filename"" (RFC 6266 §4.3)
        let extended = named("filename*").and_then(extended);
        let file_name = extended.or_else(|| named("filename").map(plain));
        // "Unknown or unhandled disposition types SHOULD be handled … as "attachment"" (§4.2)
        let is_attachment = !matches!(kind.trim().to_ascii_lowercase().as_str(), "" | "inline");
        Self { is_attachment, file_name }
    }
}

/// The parameters behind the type: names and values, without quotes.
fn parameters_of(text: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut rest = text.chars().peekable();
    while rest.peek().is_some() {
        let mut name = String::new();
        let mut has_value = false;
        for character in rest.by_ref() {
            match character {
                '=' => {
                    has_value = true;
                    break;
                }
                ';' => break,
                character => name.push(character),
            }
        }
        if !has_value {
            continue;
        }
        while rest.next_if(|character| character.is_whitespace()).is_some() {}
        let mut value = String::new();
        if rest.next_if_eq(&'"').is_some() {
            // "quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )" (RFC 9110 §5.6.4)
            while let Some(character) = rest.next() {
                match character {
                    '"' => break,
                    '\\' => value.extend(rest.next()),
                    character => value.push(character),
                }
            }
            let _ = rest.by_ref().find(|character| *character == ';');
        } else {
            value.extend(rest.by_ref().take_while(|character| *character != ';'));
            value.truncate(value.trim_end().len());
        }
        parameters.push((name.trim().to_owned(), value));
    }
    parameters
}

/// "ext-value = charset "'" [ language ] "'" value-chars" (RFC 8187 §3.2.1)
fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    let bytes: Vec<u8> = percent_decode_str(encoded).collect();
    if charset.eq_ignore_ascii_case("utf-8") {
        return String::from_utf8(bytes).ok();
    }
    // "recipients … SHOULD" know it as well (RFC 5987 §3.2.1)
    let is_latin = charset.eq_ignore_ascii_case("iso-8859-1");
    is_latin.then(|| bytes.into_iter().map(char::from).collect())
}

/// Many servers percent-encode a plain value as well, and browsers undo that.
fn plain(value: &str) -> String {
    match percent_decode_str(value).decode_utf8() {
        Ok(decoded) => decoded.into_owned(),
        Err(_) => value.to_owned(),
    }
}

/// What a download from `url` is called: as its headers say, else as the page does
/// (`suggested`), else as its address ends. The result is a safe name.
pub(super) fn of(headers: &HeaderMap, suggested: Option<&str>, url: Option<&Url>) -> String {
    let last = url.and_then(|url| url.path_segments()?.rfind(|segment| !segment.is_empty()));
    let last = last.map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned());
    let suggested = suggested.filter(|name| !name.trim().is_empty()).map(str::to_owned);
    let name = Disposition::of(headers).file_name.or(suggested).or(last).unwrap_or_default();
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    with_extension(safe(&name), content_type)
}

/// A name that holds no place, hides nothing, and is a file's on every system.
pub(super) fn safe(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut clean = String::with_capacity(last.len());
    for character in last.chars() {
        match character {
            character if character.is_control() || turns_text(character) => {}
            // "< > : " / \ | ? *" mean something else to Windows.
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => clean.push('_'),
            character if character.is_whitespace() => clean.push(' '),
            character => clean.push(character),
        }
    }
    // Dots in front hide a file, and Windows takes no dots and blanks at the end.
    let name = clean.trim().trim_start_matches('.').trim_end_matches(['.', ' ']).trim_start();
    if name.is_empty() {
        return UNNAMED.to_owned();
    }
    let mut name = shortened(name);
    if is_reserved(&name) {
        name.insert(0, '_');
    }
    // What Windows and some desktops follow when they only look at it.
    let extension = split(&name).1.trim_start_matches('.').to_ascii_lowercase();
    if matches!(extension.as_str(), "lnk" | "url" | "scf" | "desktop" | "local")
        || name.eq_ignore_ascii_case("desktop.ini")
    {
        name.push_str(".download");
    }
    name
}

/// Characters that show the rest in another order, or nothing: `gpj.exe` would look like a picture.
fn turns_text(character: char) -> bool {
    matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let mut end = LONGEST - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let stem = stem.get(..end).unwrap_or_default().trim_end_matches(['.', ' ']);
    format!("{stem}{extension}")
}

/// "Do not use the following reserved names … also avoid these names followed immediately by an
/// extension" (Windows, "Naming Files, Paths, and Namespaces").
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$") {
        return true;
    }
    let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let mut rest = number.unwrap_or_default().chars();
    matches!((rest.next(), rest.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
}

/// The name up to its extension, and that with its dot; empty if it has none.
fn split(name: &str) -> (&str, &str) {
    let Some(dot) = name.rfind('.').filter(|dot| *dot > 0) else { return (name, "") };
    let (stem, extension) = name.split_at(dot);
    if extension.len() > LONGEST_EXTENSION || extension.contains(' ') {
        return (name, "");
    }
    // What was packed once more.
    if let Some(inner) = stem.strip_suffix(".tar").filter(|inner| !inner.is_empty()) {
        return name.split_at(inner.len());
    }
    (stem, extension)
}

/// The name beside `number` others of that name.
pub(super) fn numbered(name: &str, number: u32) -> String {
    if number == 0 {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    format!("{stem} ({number}){extension}")
}

/// A name that has none gets the extension of its type, so that a program opens it.
fn with_extension(name: String, content_type: Option<&str>) -> String {
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    let extension = match essence.trim().to_ascii_lowercase().as_str() {
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/json" => "json",
        "application/gzip" => "gz",
        "application/epub+zip" => "epub",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.oasis.opendocument.spreadsheet" => "ods",
        "application/vnd.oasis.opendocument.text" => "odt",
        "text/csv" => "csv",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/vcard" => "vcf",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/avif" => "avif",
        "image/svg+xml" => "svg",
        "audio/mpeg" => "mp3",
        "video/mp4" => "mp4",
        "video/webm" => "webm",
        _ => return name,
    };
    if split(&name).1.is_empty() { format!("{name}.{extension}") } else { name }
}

/// Whether opening the file would run it: such a file is only shown where it lies.
pub(super) fn runs(name: &str) -> bool {
    let extension = split(name).1.trim_start_matches('.').to_ascii_lowercase();
    let extension = extension.rsplit('.').next().unwrap_or_default();
    matches!(
        extension,
        "exe"
            | "com"
            | "scr"
            | "pif"
            | "msi"
            | "msix"
            | "appx"
            | "bat"
            | "cmd"
            | "ps1"
            | "psm1"
            | "vbs"
            | "vbe"
            | "js"
            | "jse"
            | "wsf"
            | "wsh"
            | "hta"
            | "cpl"
            | "msc"
            | "reg"
            | "jar"
            | "jnlp"
            | "iso"
            | "img"
            | "vhd"
            | "vhdx"
            | "sh"
            | "bash"
            | "csh"
            | "ksh"
            | "zsh"
            | "run"
            | "bin"
            | "appimage"
            | "deb"
            | "rpm"
            | "flatpakref"
            | "snap"
            | "desktop"
            | "download"
            | "app"
            | "dmg"
            | "pkg"
            | "command"
            | "tool"
            | "workflow"
            | "terminal"
            | "scpt"
            | "applescript"
            | "py"
            | "pyw"
            | "pl"
            | "rb"
            | "apk"
            | "settingcontent-ms"
            | "application"
            | "gadget"
            | "lnk"
            | "url"
            | "scf"
            | "inf"
            | "xbap"
            | "chm"
            | "slk"
            | "library-ms"
            | "search-ms"
            | "one"
            | "docm"
            | "xlsm"
            | "pptm"
            | "xll"
            | "html"
            | "htm"
            | "xhtml"
            | "svg"
            | "mhtml"
            | "mht"
            | "webloc"
            | "inetloc"
            | "fileloc"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn the_site_says_whether_it_is_to_be_saved_and_under_which_name() {
        let check = |line: &[u8], is_attachment: bool, name: Option<&str>| {
            let expected = Disposition { is_attachment, file_name: name.map(str::to_owned) };
            assert_eq!(Disposition::read(line), expected, "{}", String::from_utf8_lossy(line));
        };
        check(b"inline",                                              false, None);
        check(b"",                                                    false, None);
        check(b"INLINE; filename=a.txt",                              false, Some("a.txt"));
        check(b"attachment",                                          true,  None);
        check(b"Attachment ; filename=report.pdf",                    true,  Some("report.pdf"));
        check(b"attachment; filename=\"a report.pdf\"",               true,  Some("a report.pdf"));
        check(b"attachment; filename=\"a;b=c.pdf\"; size=3",          true,  Some("a;b=c.pdf"));
        check(b"attachment; filename=\"say \\\"hi\\\".txt\"",         true,  Some("say \"hi\".txt"));
        check(b"attachment; filename=\"never closed",                 true,  Some("never closed"));
        check(b"attachment; size; filename = b.txt ",                 true,  Some("b.txt"));
        check(b"attachment; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt",    true,  Some("grüße.txt"));
        check(b"attachment; filename*=utf-8'de'%e2%82%ac%20rates",    true,  Some("€ rates"));
        check(b"attachment; filename*=iso-8859-1'en'%A3%20rates",     true,  Some("£ rates"));
        check(b"attachment; filename=\"b.txt\"; filename*=UTF-8''%E2%82%AC.txt", true, Some("€.txt"));
        check(b"attachment; filename*=UTF-8''%E2%82%AC.txt; filename=b.txt",     true, Some("€.txt"));
        check(b"attachment; filename*=UTF-8''%ff; filename=b.txt",    true,  Some("b.txt"));
        check(b"attachment; filename*=koi8-r''x; filename=b.txt",     true,  Some("b.txt"));
        check(b"attachment; filename*=nonsense; filename=b.txt",      true,  Some("b.txt"));
        check(b"attachment; filename=\"gr%C3%BCn.txt\"",              true,  Some("grün.txt"));
        check(b"attachment; filename=\"100%.txt\"",                   true,  Some("100%.txt"));
        check("attachment; filename=\"grün.txt\"".as_bytes(),         true,  Some("grün.txt"));
        check(b"attachment; filename=\"gr\xfcn.txt\"",                true,  Some("grün.txt"));
        check(b"attachment; filename=",                               true,  None);
        check(b"form-data; name=x",                                   true,  None);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn no_name_leads_elsewhere_hides_or_means_something_to_the_system() {
        let check = |name: &str, expected: &str| assert_eq!(safe(name), expected, "{name:?}");
        check("report.pdf",                    "report.pdf");
        check("Ein Bericht, 2. Fassung.pdf",   "Ein Bericht, 2. Fassung.pdf");
        check("../../etc/passwd",              "passwd");
        check("/etc/passwd",                   "passwd");
        check("..\\..\\windows\\system.ini",   "system.ini");
        check("C:\\autoexec.bat",              "autoexec.bat");
        check("a/",                            "download");
        check("..",                            "download");
        check(".",                             "download");
        check("",                              "download");
        check(" \t ",                          "download");
        check(".bashrc",                       "bashrc");
        check("...hidden.txt",                 "hidden.txt");
        check("name. . .",                     "name");
        check("a\0b\nc\u{7f}.txt",             "abc.txt");
        check("a\u{a0}b.txt",                  "a b.txt");
        check("photo\u{202e}gpj.exe",          "photogpj.exe");
        check("zero\u{200b}width.txt",         "zerowidth.txt");
        check("a<b>c:d\"e|f?g*h.txt",          "a_b_c_d_e_f_g_h.txt");
        check("file.txt::$DATA",               "file.txt__$DATA");
        check("con",                           "_con");
        check("CON.txt",                       "_CON.txt");
        check("nul.tar.gz",                    "_nul.tar.gz");
        check("com1.log",                      "_com1.log");
        check("COM².log",                      "_COM².log");
        check("lpt9",                          "_lpt9");
        check("com10.log",                     "com10.log");
        check("console.log",                   "console.log");
        check("aux .c",                        "_aux .c");
        check("start.lnk",                     "start.lnk.download");
        check("evil.desktop",                  "evil.desktop.download");
        check("Desktop.ini",                   "Desktop.ini.download");
        check("-rf",                           "-rf");
    }

    #[test]
    fn a_long_name_keeps_its_extension_and_whole_characters() {
        let long = safe(&format!("{}.tar.gz", "ü".repeat(300)));
        assert!(long.len() <= LONGEST && long.ends_with("ü.tar.gz"), "{long}");
        let without = safe(&"x".repeat(1000));
        assert_eq!(without.len(), LONGEST);
        let blank = safe(&format!("a.{}", "b".repeat(300)));
        assert_eq!(blank.len(), LONGEST);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_name_beside_others_has_its_number_before_the_extension() {
        let check = |name: &str, expected: &str| assert_eq!(numbered(name, 1), expected);
        assert_eq!(numbered("a.txt", 0), "a.txt");
        check("a.txt",           "a (1).txt");
        check("a",               "a (1)");
        check("a.tar.gz",        "a (1).tar.gz");
        check("Dr. Who",         "Dr. Who (1)");
        check("v1.2 final.zip",  "v1.2 final (1).zip");
    }

    #[test]
    fn the_header_names_it_first_then_the_page_then_the_address() {
        let url = Url::parse("http://127.0.0.1/files/gr%C3%BCn%2F..%2Fx.csv/?a=b").unwrap();
        let root = Url::parse("http://127.0.0.1/").unwrap();
        let headers = |pairs: &[(http::HeaderName, &str)]| {
            pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
        };
        let named = headers(&[(CONTENT_DISPOSITION, "attachment; filename=\"a/b.txt\"")]);
        let unnamed = headers(&[(CONTENT_TYPE, "application/pdf; x=y")]);
        assert_eq!(of(&named, Some("c.txt"), Some(&url)), "b.txt");
        assert_eq!(of(&unnamed, Some("../c.txt"), Some(&url)), "c.txt");
        assert_eq!(of(&unnamed, Some(" "), Some(&url)), "x.csv");
        assert_eq!(of(&unnamed, None, Some(&root)), "download.pdf");
        assert_eq!(of(&unnamed, Some("bill"), Some(&root)), "bill.pdf");
        assert_eq!(of(&HeaderMap::new(), None, None), "download");
    }

    #[test]
    fn what_would_run_is_not_opened() {
        let opened = ["a.pdf", "a.txt", "a.tar.gz", "a", "a.jpg", "js"];
        assert_eq!(opened.map(runs), [false; 6]);
        let run = ["a.exe", "a.SH", "a.pdf.exe", "a.desktop.download", "a.html", "a.AppImage"];
        assert_eq!(run.map(runs), [true; 6]);
    }
}
