//! What earlier runs left of files that had not arrived.

use std::path::Path;

use radiogram_core::Result;

use super::Storage;

/// Removes parts of files below a folder that nobody writes any more, and gives how many there were. What another process, another machine or
/// another server of this process is writing is left alone (`claim`), as are files of all other names.
pub fn sweep(storage: &dyn Storage, folder: &Path) -> Result<usize> {
    let mut waiting = vec![folder.to_owned()];
    let mut count = 0;
    while let Some(folder) = waiting.pop() {
        for (path, is_folder) in storage.list(&folder)? {
            if is_folder {
                waiting.push(path);
            } else if let Some(process) = path.file_name().and_then(|name| name.to_str()).and_then(writer) {
                count += usize::from(storage.remove_abandoned(&path, process)?);
            }
        }
    }
    Ok(count)
}

/// The process that a part was written by: `.NAME.PROCESS-NUMBER.part`.
fn writer(name: &str) -> Option<u32> {
    let inner = name.strip_prefix('.')?.strip_suffix(".part")?;
    let (process, number) = inner.rsplit_once('.')?.1.split_once('-')?;
    number.bytes().all(|digit| digit.is_ascii_digit()).then(|| process.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::writer;

    #[test]
    fn parts_are_told_from_files_of_others() {
        assert_eq!(writer(".1.2.3.dcm.4711-0.part"), Some(4711));
        for name in
            ["1.2.3.part", ".part", ".a.part", ".a.1.part", ".a.x-1.part", ".a.1-x.part", ".a.1-2.dcm"]
        {
            assert_eq!(writer(name), None, "{name}");
        }
    }
}
