//! What earlier runs left of files that had not arrived.

use std::path::Path;

use radiogram_core::Result;

use super::Storage;

/// Removes parts of files below a folder that nobody writes any more: of processes that are gone, and of this one, which is to call this
/// before it writes. Gives how many there were. Files of all other names are left alone.
pub fn sweep(storage: &dyn Storage, folder: &Path) -> Result<usize> {
    let mut waiting = vec![folder.to_owned()];
    let mut count = 0;
    while let Some(folder) = waiting.pop() {
        for (path, is_folder) in storage.list(&folder)? {
            if is_folder {
                waiting.push(path);
            } else if path.file_name().and_then(|name| name.to_str()).and_then(writer).is_some_and(is_gone) {
                storage.remove(&path)?;
                count += 1;
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

#[cfg(unix)]
fn is_gone(process: u32) -> bool {
    if process == std::process::id() {
        return true;
    }
    let Some(process) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) else {
        return true;
    };
    rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH)
}

/// Elsewhere only what this process would write itself is known to be nobody's.
#[cfg(not(unix))]
fn is_gone(process: u32) -> bool {
    process == std::process::id()
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
