//! Whether a picture can be the icon of an app, said before anything is built.

use std::fs;
use std::path::Path;

use crate::failure::{Failure, Outcome};

/// "The first eight bytes of a PNG datastream always contain the following (decimal) values:
/// 137 80 78 71 13 10 26 10" (PNG, 5.2)
const SIGNATURE: [u8; 8] = [137, 80, 78, 71, 13, 10, 26, 10];

/// Fails unless the file is a square PNG.
pub(super) fn check(file: &Path) -> Outcome<()> {
    let wrong = |what: &str| Err(Failure::new(format!("--icon {}: {what}", file.display())));
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => return wrong(&error.to_string()),
    };
    match size(&bytes) {
        None => wrong("is not a PNG"),
        Some((width, height)) if width != height => {
            wrong(&format!("is {width} by {height} pixels, and an icon is square"))
        }
        Some(_) => Ok(()),
    }
}

/// Width and height in pixels, if it is a PNG.
fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    // "The IHDR chunk shall be the first chunk", behind its length and its name (11.2.1)
    let rest = bytes.strip_prefix(&SIGNATURE)?.get(4..)?.strip_prefix(b"IHDR")?;
    let number = |at: usize| -> Option<u32> {
        Some(u32::from_be_bytes([
            *rest.get(at)?,
            *rest.get(at + 1)?,
            *rest.get(at + 2)?,
            *rest.get(at + 3)?,
        ]))
    };
    Some((number(0)?, number(4)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_png_is_an_icon_and_nothing_else() {
        let head = |width: u32, height: u32| {
            let mut bytes = SIGNATURE.to_vec();
            bytes.extend([0, 0, 0, 13]);
            bytes.extend(b"IHDR");
            bytes.extend(width.to_be_bytes());
            bytes.extend(height.to_be_bytes());
            bytes
        };
        assert_eq!(size(&head(512, 256)), Some((512, 256)));
        assert_eq!(size(&head(512, 256)[..20]), None, "it breaks off");
        assert_eq!(size(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), None);

        let folder = std::env::temp_dir().join(format!("holdfast-icon-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("my icon.png");
        let said = |bytes: &[u8]| {
            fs::write(&file, bytes).unwrap();
            check(&file).map_err(|failure| failure.to_string())
        };
        assert_eq!(said(&head(512, 512)), Ok(()));
        let wide = said(&head(512, 256)).unwrap_err();
        assert!(wide.contains("--icon") && wide.contains("my icon.png: is 512 by 256"), "{wide}");
        assert!(said(b"GIF89a").unwrap_err().ends_with("my icon.png: is not a PNG"));
        fs::remove_dir_all(&folder).unwrap();
        assert!(check(&file).unwrap_err().to_string().contains("my icon.png: "));
    }
}
