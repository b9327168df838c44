//! Files whose bytes the system does not hold in memory: noticed without waiting for a disk, and asked for ahead of their turn.

use crate::OpenFile;

impl OpenFile {
    /// Copies bytes that are in memory, from `offset` on, up to the first that is not: how many. None where the system cannot tell.
    #[cfg(target_os = "linux")]
    pub fn read_held(&self, offset: u64, into: &mut [u8]) -> Option<usize> {
        use rustix::io::{Errno, ReadWriteFlags, preadv2};
        let mut done = 0;
        while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let mut slice = [std::io::IoSliceMut::new(rest)];
            match preadv2(self.file(), &mut slice, offset + done as u64, ReadWriteFlags::NOWAIT) {
                Ok(0) | Err(Errno::AGAIN) => break,
                Ok(count) => done += count,
                Err(Errno::INTR) => {}
                // Some file systems do not know the question. What is wrong otherwise shows when it is read.
                Err(_) => return None,
            }
        }
        Some(done)
    }

    /// Other systems do not tell.
    #[cfg(not(target_os = "linux"))]
    pub fn read_held(&self, _offset: u64, _into: &mut [u8]) -> Option<usize> {
        None
    }

    /// Has the system read bytes that will be asked for soon, while we do something else. Nothing depends on it.
    #[cfg(target_os = "linux")]
    pub fn will_need(&self, offset: u64, length: u64) {
        use rustix::fs::{Advice, fadvise};
        // An error says that these bytes come when they are read.
        let _ = fadvise(self.file(), offset, std::num::NonZeroU64::new(length), Advice::WillNeed);
    }

    /// Other systems have no such advice.
    #[cfg(not(target_os = "linux"))]
    pub fn will_need(&self, _offset: u64, _length: u64) {}
}

#[cfg(test)]
mod tests {
    use radiogram_core::ReadAt;

    use crate::OpenFile;

    #[test]
    fn what_is_held_is_a_front_of_what_is_there() {
        let path = std::env::temp_dir().join(format!("radiogram-io-{}-cold", std::process::id()));
        let content: Vec<u8> = (0..=250).cycle().take(300_000).collect();
        std::fs::write(&path, &content).unwrap();
        let file = OpenFile::open(&path).unwrap();
        for (offset, count) in [(0, 300_000), (5, 100), (299_990, 100), (400_000, 10)] {
            let mut held = vec![0; count];
            file.will_need(offset, count as u64);
            let done = file.read_held(offset, &mut held).unwrap_or(0);
            let mut there = vec![0; count];
            let all = file.read_at(offset, &mut there).unwrap();
            assert!(done <= all);
            assert_eq!(held[..done], there[..done]);
        }
        std::fs::remove_file(path).unwrap();
    }
}
