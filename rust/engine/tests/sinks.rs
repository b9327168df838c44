//! Where instances go: spools, several places at once, rules that are data, and what is taken out on the way; with disks that are full.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;

use std::path::Path;
use std::sync::{Arc, Mutex};

use both::{CT, Folder, context, data_set, proposal, title, wait_for};
use radiogram_core::Tag;
use radiogram_data::excerpt::{Taken, Wanted};
use radiogram_data::inflate::Deflater;
use radiogram_data::meta::Meta;
use radiogram_data::{Options, Source, read};
use radiogram_engine::sink::{
    Branch, Choice, Choices, FileStore, Pattern, Promise, Reception, Spool, Template,
};
use radiogram_engine::{
    Answer, Arrival, Body, CallConfig, Caller, Config, Handle, Kept, Rules, Server, Sink, Stored,
    implementation,
};
use radiogram_io::storage::recorded::Recorded;
use radiogram_io::{Disk, Storage};
use radiogram_net::Uid;
use radiogram_net::dimse::Outcome;
use radiogram_net::negotiation::{Acceptor, Offer, Proposal};

/// Rules that are data, and what became of instances.
struct Shelf {
    choices: Choices,
    kept: Mutex<Vec<(Kept, Option<Taken>)>>,
}

impl Rules for Shelf {
    fn sink(&self, arrival: &Arrival) -> Sink {
        self.reception(arrival).sink
    }

    fn reception(&self, arrival: &Arrival) -> Reception {
        self.choices.reception(arrival)
    }

    fn stored(&self, stored: Stored<'_>) -> Answer<Outcome> {
        self.kept.lock().unwrap().push((stored.kept, stored.index));
        Answer::Now(Outcome::default())
    }
}

impl Shelf {
    fn last(&self) -> (Kept, Option<Taken>) {
        self.kept.lock().unwrap().pop().unwrap()
    }
}

async fn serve(choices: Vec<Choice>) -> (Server, Arc<Shelf>, Handle) {
    let shelf = Arc::new(Shelf { choices: Choices::new(choices), kept: Mutex::default() });
    let mut acceptor = Acceptor::new(implementation());
    acceptor.offers.others = Some(Offer::provided(Vec::new()));
    let rules: Arc<dyn Rules> = Arc::clone(&shelf) as _;
    let server = Server::start("127.0.0.1:0".parse().unwrap(), Config::new(acceptor, rules)).unwrap();
    let caller = Caller::new(CallConfig::default());
    let association = caller.associate(server.address(), proposal().finish()).await.unwrap();
    (server, shelf, association)
}

async fn store(association: &Handle, uid: &str, data: &[u8]) -> u16 {
    let body = Body::bytes(data.to_vec());
    association.store(context::CT, Uid::new(CT), Uid::new(uid), body).await.unwrap().status.0
}

fn full_disk() -> (Recorded, Arc<dyn Storage>) {
    let recorded = Recorded::default();
    (recorded.clone(), Arc::new(recorded))
}

fn file_store(storage: Arc<dyn Storage>, folder: &Path) -> Sink {
    let template = Template::new("{sop_instance}").unwrap();
    Sink::File(Arc::new(FileStore::new(storage, folder, template, Promise::Process).unwrap()))
}

fn branch(sink: Sink, is_required: bool) -> Branch {
    Branch { sink, is_required }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spool_is_memory_and_then_a_file_that_vanishes() {
    let folder = Folder::new("spool");
    let spool = Spool::new(Arc::new(Disk), &folder.0, 100_000, 5_000_000).unwrap();
    let (_server, shelf, association) = serve(vec![Choice::all(Sink::Spool(Arc::new(spool)))]).await;
    let files = || std::fs::read_dir(&folder.0).unwrap().count();
    for size in [0, 1000, 99_000, 101_000, 300_000, 4_000_000] {
        let data = data_set("1.2", size);
        assert_eq!(store(&association, "1.2", &data).await, 0);
        match shelf.last().0 {
            Kept::Memory(bytes) => assert!(size < 100_000 && bytes.ends_with(&data)),
            Kept::Spooled(file) => {
                let bytes = std::fs::read(file.path()).unwrap();
                assert!(size > 100_000 && bytes.ends_with(&data), "{size}");
                assert_eq!(Meta::find(&bytes).unwrap().0.sop_instance, "1.2");
                assert_eq!(files(), 1);
                drop(file);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(files(), 0, "{size}");
    }
    assert_eq!(store(&association, "1.2", &data_set("1.2", 6_000_000)).await, 0xA700);
    // What does not name the instance is found out when a part of it is spooled already.
    assert_eq!(store(&association, "1.2", &data_set("1.9", 300_000)).await, 0xA900);
    assert_eq!((files(), shelf.kept.lock().unwrap().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spool_on_a_full_disk_leaves_nothing_and_recovers() {
    let (recorded, storage) = full_disk();
    let spool = Spool::new(storage, Path::new("/spool"), 1000, 1 << 30).unwrap();
    let (_server, shelf, association) = serve(vec![Choice::all(Sink::Spool(Arc::new(spool)))]).await;
    let data = data_set("1.2", 2_000_000);
    for steps in 0..6 {
        recorded.fail_after(steps);
        assert_eq!(store(&association, "1.2", &data).await, 0xA700, "after {steps} steps");
        assert!(recorded.files().is_empty() && shelf.kept.lock().unwrap().is_empty());
        assert_eq!(
            store(&association, "1.2", &data_set("1.2", 10)).await,
            0,
            "what fits into memory needs no disk"
        );
        assert!(matches!(shelf.last().0, Kept::Memory(_)));
    }
    recorded.fail_after(1000);
    assert_eq!(store(&association, "1.2", &data).await, 0);
    let (Kept::Spooled(file), _) = shelf.last() else { panic!("no file") };
    assert!(recorded.files()[file.path()].ends_with(&data));
}

/// A data set without an end.
struct Endless;
impl radiogram_engine::Source for Endless {
    fn next(&mut self) -> radiogram_engine::body::Future<'_, radiogram_engine::Result<Vec<u8>>> {
        Box::pin(async { Ok(data_set("1.2", 100_000)) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spool_forgets_what_breaks_off() {
    let folder = Folder::new("spool-broken");
    let spool = Spool::new(Arc::new(Disk), &folder.0, 1000, 1 << 30).unwrap();
    let (server, shelf, association) = serve(vec![Choice::all(Sink::Spool(Arc::new(spool)))]).await;
    let body = Body::source(Endless);
    let storing = tokio::spawn({
        let association = association.clone();
        async move { association.store(context::CT, Uid::new(CT), Uid::new("1.2"), body).await }
    });
    let files = || std::fs::read_dir(&folder.0).unwrap().count();
    wait_for(|| files() == 1).await;
    association.abort();
    assert!(storing.await.unwrap().is_err());
    wait_for(|| server.associations() == 0 && files() == 0).await;
    assert!(shelf.kept.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tee_keeps_the_same_everywhere() {
    let (one, other) = (Folder::new("tee-1"), Folder::new("tee-2"));
    let inner = Sink::Tee(Arc::new([
        branch(Sink::Memory { limit: 1 << 30 }, true),
        branch(file_store(Arc::new(Disk), &other.0), true),
    ]));
    let tee = Sink::Tee(Arc::new([
        branch(file_store(Arc::new(Disk), &one.0), true),
        branch(inner, true),
        branch(Sink::Discard, false),
    ]));
    let (_server, shelf, association) = serve(vec![Choice::all(tee)]).await;
    for size in [0, 1000, 1_000_000] {
        let data = data_set("1.2", size);
        assert_eq!(store(&association, "1.2", &data).await, 0);
        let (Kept::Several(kept), _) = shelf.last() else { panic!("a tee") };
        let [Kept::File(first), Kept::Memory(bytes), Kept::File(second), Kept::Nothing] = &kept[..] else {
            panic!("{kept:?}")
        };
        for bytes in [&std::fs::read(first).unwrap(), bytes, &std::fs::read(second).unwrap()] {
            assert!(bytes.ends_with(&data));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tee_fails_where_what_is_required_fails() {
    let folder = Folder::new("tee-full");
    for is_required in [true, false] {
        let (recorded, storage) = full_disk();
        let tee = Sink::Tee(Arc::new([
            branch(file_store(storage, Path::new("/full")), is_required),
            branch(file_store(Arc::new(Disk), &folder.0), !is_required),
        ]));
        let (_server, shelf, association) = serve(vec![Choice::all(tee)]).await;
        let data = data_set("1.2", 700_000);
        let good = folder.0.join("1.2");
        // Before the first byte, in the middle, and when it should get its name.
        for steps in 0..5 {
            let _ = std::fs::remove_file(&good);
            recorded.fail_after(steps);
            let status = store(&association, "1.2", &data).await;
            assert!(recorded.files().is_empty(), "after {steps} steps");
            if is_required {
                assert_eq!(status, 0xA700, "after {steps} steps");
                assert!(!good.exists() && shelf.kept.lock().unwrap().is_empty());
            } else {
                assert_eq!(status, 0, "after {steps} steps");
                let (Kept::Several(kept), _) = shelf.last() else { panic!("a tee") };
                let Kept::Failed(outcome) = &kept[0] else { panic!("{kept:?}") };
                assert_eq!(outcome.status.0, 0xA700);
                assert!(std::fs::read(&good).unwrap().ends_with(&data));
            }
            assert_eq!(
                std::fs::read_dir(&folder.0).unwrap().count(),
                usize::from(!is_required),
                "no part is left"
            );
        }
        recorded.fail_after(1000);
        assert_eq!(store(&association, "1.2", &data).await, 0);
        assert_eq!(recorded.files().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_rule_that_fits_is_the_one() {
    let to = |limit| Sink::Memory { limit };
    let refused = |status| Sink::Refuse(Outcome::with_comment(status, "not here"));
    let by = |uid: &str| Some(Pattern::any_of([uid]).unwrap());
    let rules = vec![
        Choice { sop_instance: by("1.2.3.*"), ..Choice::all(refused(0xA700)) },
        Choice {
            sop_instance: by("1.2.?"),
            calling: by("CLI*"),
            called: by("SERVER"),
            ..Choice::all(to(1000))
        },
        Choice {
            sop_class: by("1.2.840.10008.5.1.4.1.1.2"),
            calling: by("OTHER"),
            ..Choice::all(refused(0x0110))
        },
        Choice {
            transfer_syntax: Some(Pattern::any_of(["1.2.840.10008.1.2.4.*", both::EXPLICIT]).unwrap()),
            sop_instance: by("1.3*"),
            checks: false,
            ..Choice::all(to(2000))
        },
    ];
    let (_server, shelf, association) = serve(rules).await;
    assert_eq!(store(&association, "1.2.3.4", &data_set("1.2.3.4", 10)).await, 0xA700);
    assert_eq!(store(&association, "1.2.3", &data_set("1.2.3", 10)).await, 0);
    assert_eq!(
        store(&association, "1.2.3", &data_set("1.2.3", 1000)).await,
        0xA700,
        "the second rule's limit"
    );
    assert_eq!(store(&association, "1.2.3", &data_set("1.9", 10)).await, 0xA900);
    assert_eq!(store(&association, "1.3.1", &data_set("1.9", 1000)).await, 0, "not looked at");
    assert_eq!(store(&association, "1.4", &data_set("1.4", 10)).await, 0x0122, "no rule");
    assert_eq!(shelf.kept.lock().unwrap().len(), 2);
    assert!(Pattern::any_of(Vec::<String>::new()).is_err() && Pattern::any_of(["*".repeat(300)]).is_err());
}

fn arrival() -> Arrival {
    Arrival {
        peer: "127.0.0.1:104".parse().unwrap(),
        calling: title("CT 1"),
        called: title("STORE"),
        sop_class: Uid::new(CT),
        sop_instance: Uid::new("1.2.3"),
        transfer_syntax: Uid::new(both::EXPLICIT),
        originator: None,
    }
}

#[test]
fn titles_are_texts_without_their_padding() {
    let fits = |calling: &str| {
        let calling = Some(Pattern::any_of([calling]).unwrap());
        Choice { calling, ..Choice::all(Sink::Discard) }.fits(&arrival())
    };
    assert!(fits("CT 1") && fits("CT ?") && fits("*") && fits("*1"));
    assert!(!fits("CT") && !fits("ct 1") && !fits("CT 1 "));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wanted_elements_come_with_what_is_kept() {
    let pixels = Tag::new(0x7FE0, 0x0010);
    let tags = [Tag::new(0x0008, 0x0018), Tag::new(0x0010, 0x0010), pixels];
    let wanted = Some(Arc::new(Wanted::new(&tags).unwrap()));
    let choices = vec![
        Choice {
            sop_instance: Some(Pattern::any_of(["1.2"]).unwrap()),
            wanted,
            ..Choice::all(Sink::Discard)
        },
        Choice::all(Sink::Discard),
    ];
    let (_server, shelf, association) = serve(choices).await;
    let found = |taken: &Taken| -> Vec<Tag> {
        let document = read(Source::Memory(Arc::new(taken.file.clone())), &Options::default()).unwrap();
        let rows = document.children(document.root());
        rows.into_iter().map(|row| document.entry(row).unwrap().tag).collect()
    };
    assert_eq!(store(&association, "1.2", &data_set("1.2", 1000)).await, 0);
    let (Kept::Nothing, Some(taken)) = shelf.last() else { panic!("an index") };
    assert_eq!((found(&taken), taken.is_complete), (vec![tags[0], pixels], true));
    // Too long to be in an index.
    assert_eq!(store(&association, "1.2", &data_set("1.2", 3_000_000)).await, 0);
    let taken = shelf.last().1.unwrap();
    assert_eq!((found(&taken), taken.left_out, taken.is_complete), (vec![tags[0]], vec![pixels], true));
    assert_eq!(store(&association, "1.3", &data_set("1.3", 10)).await, 0);
    assert!(shelf.last().1.is_none(), "nothing is wanted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deflated_data_sets_are_looked_at_as_well() {
    const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
    let deflated = |bytes: &[u8]| {
        let (mut deflater, mut out) = (Deflater::new().unwrap(), Vec::new());
        let mut put = |bytes: &[u8]| {
            out.extend_from_slice(bytes);
            Ok(())
        };
        deflater.push(bytes, &mut put).unwrap();
        deflater.finish(&mut put).unwrap();
        out
    };
    let wanted = Some(Arc::new(Wanted::new(&[Tag::new(0x0008, 0x0018)]).unwrap()));
    let choice = Choice { wanted, ..Choice::all(Sink::Memory { limit: 1 << 30 }) };
    let (server, shelf, _) = serve(vec![choice]).await;
    let mut proposal = Proposal::new(title("CLIENT"), title("SERVER"), implementation());
    let context = proposal.propose(Uid::new(CT), vec![Uid::new(DEFLATED)]).unwrap();
    let caller = Caller::new(CallConfig::default());
    let association = caller.associate(server.address(), proposal.finish()).await.unwrap();
    let store = async |uid: &str, data: &[u8]| {
        let body = Body::bytes(data.to_vec());
        association.store(context, Uid::new(CT), Uid::new(uid), body).await.unwrap().status.0
    };
    let data = deflated(&data_set("1.2", 1_000_000));
    assert_eq!(store("1.2", &data).await, 0);
    let (Kept::Memory(bytes), Some(taken)) = shelf.last() else { panic!("both") };
    assert!(bytes.ends_with(&data) && taken.is_complete);
    let (meta, _) = Meta::find(&taken.file).unwrap();
    assert_eq!(meta.transfer_syntax, both::EXPLICIT);
    assert_eq!(store("1.3", &data).await, 0xA900);
    assert_eq!(store("1.2", &data[..20]).await, 0xC000, "the stream breaks off before its instance is named");
    assert_eq!(store("1.2", &[0xFF; 2000]).await, 0xC000);
    assert_eq!(store("1.2", &[]).await, 0xC000);
}
