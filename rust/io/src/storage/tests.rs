//! A loss of power at every moment, in every way, and disks that are full.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::recorded::{Recorded, Step, Survivors, after_power_loss};
use super::{Committer, Deposit, Disk, Storage, sweep};
use crate::Durability;

const ROOT: &str = "/root";

fn place(name: &str) -> PathBuf {
    Path::new(ROOT).join(name)
}

struct House {
    recorded: Recorded,
    storage: Arc<dyn Storage>,
    committer: Committer,
}

impl House {
    fn new() -> Self {
        let recorded = Recorded::default();
        let storage: Arc<dyn Storage> = Arc::new(recorded.clone());
        storage.create_folder(Path::new(ROOT)).unwrap();
        storage.sync_folder(Path::new("/")).unwrap();
        let committer = Committer::new(Arc::clone(&storage), ROOT.into());
        Self { recorded, storage, committer }
    }

    fn put(&self, name: &str, content: &[u8], durability: Durability) -> radiogram_core::Result<()> {
        let mut deposit = Deposit::begin(&self.storage, place(name))?;
        for piece in content.chunks(3) {
            deposit.write(piece)?;
        }
        deposit.commit(durability, &self.committer)?;
        self.recorded.told(&place(name), content);
        Ok(())
    }
}

/// What was promised holds: whoever was told of a file has it, or a later one, and a file is there as a whole or not at all.
fn check(steps: &[Step], all: &[Step], survivors: &Survivors) {
    let whole: Vec<(&PathBuf, &Vec<u8>)> = all
        .iter()
        .filter_map(|step| match step {
            Step::Told(path, content) => Some((path, content)),
            _ => None,
        })
        .collect();
    for (path, content) in
        survivors.iter().filter(|(path, _)| path.extension().is_none_or(|name| name != "part"))
    {
        assert!(whole.contains(&(path, content)), "a part of a file at its place: {path:?} {content:?}");
    }
    for step in steps {
        if let Step::Told(path, content) = step {
            let later =
                whole.iter().skip_while(|one| **one != (path, content)).filter(|(other, _)| *other == path);
            let is_there =
                survivors.get(path).is_some_and(|found| later.map(|(_, one)| *one).any(|one| one == found));
            assert!(is_there, "{path:?} was acknowledged and is lost");
        }
    }
}

/// Every moment, with all that was not synced kept or lost, and with each change of a name alone kept or lost.
fn crash_everywhere(all: &[Step]) -> usize {
    let mut count = 0;
    for moment in 0..=all.len() {
        let steps = &all[..moment];
        let rests: [&dyn Fn(usize, Vec<u8>) -> Vec<u8>; 3] =
            [&|_, _| Vec::new(), &|_, bytes| bytes, &|_, bytes| bytes[..bytes.len() / 2].to_vec()];
        for rest in rests {
            for alone in 0..=moment {
                for is_kept in [true, false] {
                    let survivors = after_power_loss(steps, &|at| (at == alone) == is_kept, rest);
                    check(steps, all, &survivors);
                    count += 1;
                }
            }
        }
    }
    count
}

#[test]
fn nothing_that_was_acknowledged_is_lost_with_the_power() {
    let house = House::new();
    house.put("1.dcm", b"first instance", Durability::Disk).unwrap();
    house.put("study/series/2.dcm", b"second instance", Durability::Disk).unwrap();
    house.put("1.dcm", b"first instance, sent again", Durability::Disk).unwrap();
    house.put("study/series/3.dcm", b"third", Durability::Disk).unwrap();
    drop(Deposit::begin(&house.storage, place("1.dcm")).unwrap());
    assert!(crash_everywhere(&house.recorded.steps()) > 1000);
}

/// The test bites: without the syncs a loss of power is seen.
#[test]
fn each_sync_is_needed() {
    let house = House::new();
    house.put("1.dcm", b"first instance", Durability::Disk).unwrap();
    house.put("study/2.dcm", b"second instance", Durability::Disk).unwrap();
    let steps = house.recorded.steps();
    let syncs: Vec<usize> =
        (2..steps.len()).filter(|&at| matches!(steps[at], Step::SyncFile(_) | Step::SyncFolder(_))).collect();
    assert_eq!(syncs.len(), 5);
    for sync in syncs {
        let mut without = steps.clone();
        without.remove(sync);
        let caught = std::panic::catch_unwind(|| crash_everywhere(&without));
        assert!(caught.is_err(), "nobody misses {:?}", steps[sync]);
    }
}

#[test]
fn without_syncs_it_survives_the_end_of_the_process() {
    let house = House::new();
    house.put("1.dcm", b"first instance", Durability::System).unwrap();
    house.put("1.dcm", b"again", Durability::System).unwrap();
    let all = house.recorded.steps();
    for moment in 0..=all.len() {
        let steps = &all[..moment];
        check(steps, &all, &after_power_loss(steps, &|_| true, &|_, bytes| bytes));
    }
    assert!(!all[2..].iter().any(|step| matches!(step, Step::SyncFile(_) | Step::SyncFolder(_))));
}

#[test]
fn a_full_disk_leaves_nothing_and_the_good_copy_stays() {
    for steps in 0..20 {
        let house = House::new();
        house.put("1.dcm", b"good", Durability::Disk).unwrap();
        house.recorded.fail_after(steps);
        let put = house.put("1.dcm", b"another one, long", Durability::Disk);
        let files = house.recorded.files();
        assert_eq!(files.len(), 1, "{files:?}");
        let content = files[&place("1.dcm")].as_slice();
        let expected: &[u8] = if put.is_ok() { b"another one, long" } else { b"good" };
        // Where the last sync alone failed, the new file is there, as a whole, and nobody was told.
        assert!(content == expected || content == b"another one, long", "{steps}");
    }
}

#[test]
fn many_files_share_a_sync() {
    #[derive(Debug)]
    struct Slow(Recorded);
    impl Storage for Slow {
        fn create(&self, path: &Path) -> radiogram_core::Result<Box<dyn super::StoredFile>> {
            self.0.create(path)
        }
        fn rename(&self, from: &Path, to: &Path) -> radiogram_core::Result<()> {
            self.0.rename(from, to)
        }
        fn remove(&self, path: &Path) -> radiogram_core::Result<()> {
            self.0.remove(path)
        }
        fn remove_abandoned(&self, path: &Path, process: u32) -> radiogram_core::Result<bool> {
            self.0.remove_abandoned(path, process)
        }
        fn create_folder(&self, path: &Path) -> radiogram_core::Result<()> {
            self.0.create_folder(path)
        }
        fn sync_folder(&self, path: &Path) -> radiogram_core::Result<()> {
            // It covers what was there when it began.
            let synced = self.0.sync_folder(path);
            std::thread::sleep(std::time::Duration::from_millis(20));
            synced
        }
        fn list(&self, path: &Path) -> radiogram_core::Result<Vec<(PathBuf, bool)>> {
            self.0.list(path)
        }
    }
    let recorded = Recorded::default();
    recorded.create_folder(Path::new(ROOT)).unwrap();
    recorded.sync_folder(Path::new("/")).unwrap();
    let storage: Arc<dyn Storage> = Arc::new(Slow(recorded.clone()));
    let committer = Committer::new(Arc::clone(&storage), ROOT.into());
    std::thread::scope(|scope| {
        for number in 0..16 {
            let (recorded, storage, committer) = (&recorded, &storage, &committer);
            scope.spawn(move || {
                let mut deposit = Deposit::begin(storage, place(&format!("{number}.dcm"))).unwrap();
                deposit.write(&[number]).unwrap();
                deposit.commit(Durability::Disk, committer).unwrap();
                recorded.told(&place(&format!("{number}.dcm")), &[number]);
            });
        }
    });
    let steps = recorded.steps();
    let syncs = steps.iter().filter(|step| **step == Step::SyncFolder(ROOT.into())).count();
    assert!((1..12).contains(&syncs), "{syncs} syncs for 16 files");
    for moment in 0..=steps.len() {
        check(&steps[..moment], &steps, &after_power_loss(&steps[..moment], &|_| false, &|_, _| Vec::new()));
    }
}

#[test]
fn on_the_disk_itself() {
    let root = std::env::temp_dir().join(format!("radiogram-storage-{}", std::process::id()));
    std::fs::create_dir_all(&root).unwrap();
    let storage: Arc<dyn Storage> = Arc::new(Disk);
    let committer = Committer::new(Arc::clone(&storage), root.clone());
    let target = root.join("a/b/1.dcm");
    for (content, durability) in [(b"one", Durability::Disk), (b"two", Durability::System)] {
        let mut deposit = Deposit::begin(&storage, target.clone()).unwrap();
        deposit.write(content).unwrap();
        deposit.commit(durability, &committer).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), content);
    }
    let given_up = Deposit::begin(&storage, target.clone()).unwrap();
    assert_eq!(storage.list(&root.join("a/b")).unwrap().len(), 2);
    std::fs::write(root.join("a/.other.part"), b"of somebody else").unwrap();
    assert_eq!(sweep(&*storage, &root).unwrap(), 0);
    drop(given_up);
    std::fs::write(root.join(format!("a/b/.1.dcm.{}-9999.part", std::process::id())), b"left").unwrap();
    assert_eq!(sweep(&*storage, &root).unwrap(), 1);
    assert_eq!(storage.list(&root.join("a/b")).unwrap(), [(target.clone(), false)]);
    assert_eq!(std::fs::read(&target).unwrap(), b"two");
    std::fs::remove_dir_all(root).unwrap();
}

fn parts(folder: &Path) -> Vec<PathBuf> {
    let found = Disk.list(folder).unwrap().into_iter().map(|(path, _)| path);
    found.filter(|path| path.extension().is_some_and(|name| name == "part")).collect()
}

#[test]
fn what_another_server_is_writing_is_not_swept() {
    let root = std::env::temp_dir().join(format!("radiogram-swept-{}", std::process::id()));
    std::fs::create_dir_all(&root).unwrap();
    let storage: Arc<dyn Storage> = Arc::new(Disk);
    let committer = Committer::new(Arc::clone(&storage), root.clone());
    let mut arriving = Deposit::begin(&storage, root.join("1.dcm")).unwrap();
    arriving.write(b"first half, ").unwrap();
    let kept = Deposit::begin(&storage, root.join("instance")).unwrap().keep();
    let left = root.join(format!(".2.dcm.{}-{}.part", std::process::id(), u32::MAX));
    std::fs::write(&left, b"of an earlier run, in a container where this process had the same number")
        .unwrap();
    // By another name of the folder, too.
    let other = root.join("..").join(root.file_name().unwrap());
    assert_eq!(sweep(&*storage, &other).unwrap(), 1, "the one that nobody holds");
    assert!(!left.exists() && kept.path().exists());
    arriving.write(b"second half").unwrap();
    arriving.commit(Durability::Disk, &committer).unwrap();
    assert_eq!(std::fs::read(root.join("1.dcm")).unwrap(), b"first half, second half");
    drop(kept);
    assert_eq!(parts(&root), Vec::<PathBuf>::new());
    std::fs::remove_dir_all(root).unwrap();
}

/// Two begin and sweep all the time: nobody loses anything.
#[test]
fn beginning_and_sweeping_at_once() {
    let root = std::env::temp_dir().join(format!("radiogram-sweeping-{}", std::process::id()));
    std::fs::create_dir_all(&root).unwrap();
    let storage: Arc<dyn Storage> = Arc::new(Disk);
    let committer = Committer::new(Arc::clone(&storage), root.clone());
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sweeping = scope.spawn(|| {
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                sweep(&*storage, &root).unwrap();
            }
        });
        for number in 0..500 {
            let mut deposit = Deposit::begin(&storage, root.join(format!("{number}.dcm"))).unwrap();
            deposit.write(b"content").unwrap();
            deposit.commit(Durability::System, &committer).unwrap();
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        sweeping.join().unwrap();
    });
    assert_eq!(Disk.list(&root).unwrap().len(), 500);
    std::fs::remove_dir_all(root).unwrap();
}
