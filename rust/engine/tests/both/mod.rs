//! Both sides of associations for the tests: a server and a caller, whose applications are closures.
#![allow(dead_code, reason = "each test uses some of it")]
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use radiogram_data::meta::Meta;
use radiogram_engine::{
    Answer, Arrival, CallConfig, Caller, Config, Decision, Handle, Kept, Lanes, Request, Rules, Server, Sink,
    Stored, implementation,
};
use radiogram_net::dimse::Outcome;
use radiogram_net::item::{OperationsWindow, RoleSelection};
use radiogram_net::negotiation::{Acceptor, Offer, Proposal};
use radiogram_net::pdu::AssociateRq;
use radiogram_net::{AeTitle, Uid};

pub(crate) const VERIFICATION: &str = "1.2.840.10008.1.1";
pub(crate) const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
pub(crate) const FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
pub(crate) const GET: &str = "1.2.840.10008.5.1.4.1.2.2.3";
pub(crate) const COMMITMENT: &str = "1.2.840.10008.1.20.1";
pub(crate) const IMPLICIT: &str = "1.2.840.10008.1.2";
pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// Longer than anything takes that comes to its end.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The contexts of [`proposal`].
pub(crate) mod context {
    pub(crate) const VERIFICATION: u8 = 1;
    pub(crate) const CT: u8 = 3;
    pub(crate) const FIND: u8 = 5;
    pub(crate) const GET: u8 = 7;
    pub(crate) const COMMITMENT: u8 = 9;
}

type Serve = Box<dyn Fn(Request) + Send + Sync>;
type Decide = Box<dyn Fn(&AssociateRq) -> Answer<Decision> + Send + Sync>;
type Late = Box<dyn Fn(Outcome) -> Answer<Outcome> + Send + Sync>;

/// An application.
pub(crate) struct App {
    pub(crate) sink: Sink,
    pub(crate) serve: Option<Serve>,
    pub(crate) answer: Option<Late>,
    pub(crate) decide: Option<Decide>,
    pub(crate) kept: Mutex<Vec<(Arrival, Kept)>>,
}

impl Default for App {
    fn default() -> Self {
        Self {
            sink: Sink::Memory { limit: 1 << 30 },
            serve: None,
            answer: None,
            decide: None,
            kept: Mutex::default(),
        }
    }
}

impl App {
    pub(crate) fn serving(serve: impl Fn(Request) + Send + Sync + 'static) -> Self {
        Self { serve: Some(Box::new(serve)), ..Self::default() }
    }
}

impl Rules for App {
    fn sink(&self, _: &Arrival) -> Sink {
        self.sink.clone()
    }

    fn stored(&self, stored: Stored<'_>) -> Answer<Outcome> {
        self.kept.lock().unwrap().push((stored.arrival.clone(), stored.kept));
        match &self.answer {
            Some(answer) => answer(Outcome::default()),
            None => Answer::Now(Outcome::default()),
        }
    }

    fn negotiate(&self, _: &Handle, request: &AssociateRq) -> Answer<Decision> {
        self.decide.as_ref().map_or_else(|| Answer::Now(Decision::default()), |decide| decide(request))
    }

    fn request(&self, request: Request) {
        match &self.serve {
            Some(serve) => serve(request),
            None => request.replies.fail(Outcome::of(0x0211)),
        }
    }
}

pub(crate) fn title(text: &str) -> AeTitle {
    AeTitle::new(text).unwrap()
}

/// Where associations live, as in a program.
pub(crate) fn lanes() -> Lanes {
    static LANES: LazyLock<Lanes> = LazyLock::new(|| Lanes::start(2).unwrap());
    LANES.clone()
}

/// A server that takes both roles of everything, with any window.
pub(crate) fn start(app: Arc<App>, change: impl FnOnce(&mut Config)) -> Server {
    let mut acceptor = Acceptor::new(implementation());
    acceptor.window = OperationsWindow { invoked: 0, performed: 0 };
    acceptor.offers.others =
        Some(Offer { transfer_syntaxes: Vec::new(), peer_is_scu: true, peer_is_scp: true });
    let mut config = Config { lanes: lanes(), ..Config::new(acceptor, app) };
    change(&mut config);
    Server::start("127.0.0.1:0".parse().unwrap(), config).unwrap()
}

/// A request for everything, in both roles.
pub(crate) fn proposal() -> Proposal {
    let mut proposal = Proposal::new(title("CLIENT"), title("SERVER"), implementation());
    for class in [VERIFICATION, CT, FIND, GET, COMMITMENT] {
        let syntaxes = if class == CT { vec![EXPLICIT] } else { vec![IMPLICIT] };
        proposal.propose(Uid::new(class), syntaxes.into_iter().map(Uid::new).collect()).unwrap();
    }
    proposal.select_role(RoleSelection { sop_class: Uid::new(CT), scu: true, scp: true });
    proposal
}

pub(crate) fn caller(app: Arc<App>, change: impl FnOnce(&mut CallConfig)) -> Caller {
    let mut config = CallConfig { rules: app, lanes: lanes(), ..CallConfig::default() };
    change(&mut config);
    Caller::new(config)
}

pub(crate) async fn connect(server: &Server) -> Handle {
    connect_with(server, Arc::new(App::default())).await
}

pub(crate) async fn connect_with(server: &Server, app: Arc<App>) -> Handle {
    caller(app, |_| {}).associate(server.address(), proposal().finish()).await.unwrap()
}

/// A data set in explicit VR little endian.
pub(crate) fn data_set(uid: &str, pixels: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut put = |group: u16, element: u16, vr: &str, value: &[u8]| {
        out.extend_from_slice(&group.to_le_bytes());
        out.extend_from_slice(&element.to_le_bytes());
        out.extend_from_slice(vr.as_bytes());
        let odd = value.len() % 2;
        let length = value.len() + odd;
        if vr == "OW" {
            out.extend_from_slice(&[0, 0]);
            out.extend_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
        } else {
            out.extend_from_slice(&u16::try_from(length).unwrap().to_le_bytes());
        }
        out.extend_from_slice(value);
        out.resize(out.len() + odd, 0);
    };
    put(8, 0x16, "UI", CT.as_bytes());
    put(8, 0x18, "UI", uid.as_bytes());
    let pixels: Vec<u8> = (0..pixels).map(|at| u8::try_from((at * 7 + at / 251) % 256).unwrap()).collect();
    put(0x7FE0, 0x10, "OW", &pixels);
    out
}

/// A DICOM file.
pub(crate) fn file(uid: &str, pixels: usize) -> Vec<u8> {
    let (sop_class, sop_instance, transfer_syntax) = (CT.into(), uid.into(), EXPLICIT.into());
    let meta = Meta { sop_class, sop_instance, transfer_syntax, source: None };
    [meta.compose(), data_set(uid, pixels)].concat()
}

pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("radiogram-engine-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Waits until something is so; fails where it never is. A machine may stand still for seconds.
pub(crate) async fn wait_for(what: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !what() {
        assert!(Instant::now() < end, "it never came to that");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A port that nobody listens at, outside of those that systems choose for clients: what other tests open does not take it meanwhile.
pub(crate) fn free_port() -> u16 {
    let chance = RandomState::new().build_hasher().finish();
    let first = 11_000 + u16::try_from(chance % 13_000).unwrap();
    (first..32_000).find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
