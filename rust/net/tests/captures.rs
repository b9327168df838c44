//! Associations of foreign peers with each other, recorded by a relay while the test runs, and read by the framer and the assembler in pieces of
//! any size. DCMTK's clients and Orthanc's server; left out where these are not installed.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "what is not as it should be ends a test")]

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use radiogram_net::dimse::{Assembler, Message, Part};
use radiogram_net::pdu::{AssociateAc, AssociateRq};
use radiogram_net::{Framer, Limits, Unit};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

/// What each side of a connection has sent.
#[derive(Clone, Default)]
struct Conversation {
    requestor: Arc<Mutex<Vec<u8>>>,
    acceptor: Arc<Mutex<Vec<u8>>>,
}

/// Listens, passes on what comes to a server, and keeps it.
struct Relay {
    port: u16,
    kept: Arc<Mutex<Vec<Conversation>>>,
}

fn copy(mut from: TcpStream, mut to: TcpStream, keep: &Mutex<Vec<u8>>) {
    let mut chunk = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        let bytes = chunk.get(..count).unwrap_or_default();
        keep.lock().unwrap().extend_from_slice(bytes);
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

impl Relay {
    fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Arc::new(Mutex::new(Vec::<Conversation>::new()));
        let list = Arc::clone(&kept);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(target) = TcpStream::connect(("127.0.0.1", server)) else { return };
                let one = Conversation::default();
                list.lock().unwrap().push(one.clone());
                let (back, forth) = (target.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || copy(client, target, &one.requestor));
                let acceptor = list.lock().unwrap().last().unwrap().acceptor.clone();
                thread::spawn(move || copy(back, forth, &acceptor));
            }
        });
        Self { port, kept }
    }
}

struct Server(Child, PathBuf);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

/// Where a program is. Scripts are none: pynetdicom has some with the names of DCMTK's programs.
fn found(program: &str) -> Option<PathBuf> {
    let is_binary = |path: &PathBuf| {
        let mut magic = [0; 4];
        let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
        read.is_ok() && magic == *b"\x7FELF"
    };
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin";
    path.split(':').map(|folder| Path::new(folder).join(program)).find(is_binary)
}

/// A port that nobody listens at, outside of those that systems choose for clients: what other tests open does not take it meanwhile.
fn free_port() -> u16 {
    let first = 11_000 + u16::try_from(RandomState::new().build_hasher().finish() % 13_000).unwrap();
    (first..32_000).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

fn orthanc() -> Option<(Server, u16)> {
    let program = found("Orthanc")?;
    let folder = std::env::temp_dir().join(format!("radiogram-captures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (port, http) = (free_port(), free_port());
    let at = folder.display();
    let settings = format!(
        "{{\"StorageDirectory\": \"{at}/s\", \"IndexDirectory\": \"{at}/s\", \"DicomAet\": \"PEER\", \"DicomPort\": {port}, \
         \"HttpPort\": {http}, \"DicomCheckCalledAet\": false, \"DicomAlwaysAllowEcho\": true, \"DicomAlwaysAllowStore\": true, \
         \"DicomAlwaysAllowFind\": true, \"DicomAlwaysAllowGet\": true, \"Plugins\": []}}"
    );
    std::fs::write(folder.join("orthanc.json"), settings).unwrap();
    let child = Process::new(program)
        .env("TCP_NODELAY", "1")
        .arg(folder.join("orthanc.json"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server(child, folder);
    let end = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < end, "Orthanc does not listen");
        thread::sleep(Duration::from_millis(50));
    }
    Some((server, port))
}

fn element(out: &mut Vec<u8>, group: u16, number: u16, vr: &str, value: &[u8]) {
    out.extend_from_slice(&group.to_le_bytes());
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(vr.as_bytes());
    let even = value.len() + value.len() % 2;
    if matches!(vr, "OB" | "OW") {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&u32::try_from(even).unwrap().to_le_bytes());
    } else {
        out.extend_from_slice(&u16::try_from(even).unwrap().to_le_bytes());
    }
    out.extend_from_slice(value);
    out.resize(out.len() + value.len() % 2, if vr == "UI" { 0 } else { b' ' });
}

/// A file of CT Image Storage, with as much pixel data.
fn file(path: &Path, uid: &str, pixels: usize) {
    let mut meta = Vec::new();
    element(&mut meta, 2, 1, "OB", &[0, 1]);
    element(&mut meta, 2, 2, "UI", CT.as_bytes());
    element(&mut meta, 2, 3, "UI", uid.as_bytes());
    element(&mut meta, 2, 0x10, "UI", b"1.2.840.10008.1.2.1");
    element(&mut meta, 2, 0x12, "UI", b"1.2.3.4");
    let mut out = vec![0; 128];
    out.extend_from_slice(b"DICM");
    element(&mut out, 2, 0, "UL", &u32::try_from(meta.len()).unwrap().to_le_bytes());
    out.extend_from_slice(&meta);
    element(&mut out, 8, 0x16, "UI", CT.as_bytes());
    element(&mut out, 8, 0x18, "UI", uid.as_bytes());
    element(&mut out, 0x10, 0x20, "LO", b"P1");
    element(&mut out, 0x20, 0x0D, "UI", b"1.2.3.1");
    element(&mut out, 0x20, 0x0E, "UI", b"1.2.3.2");
    element(&mut out, 0x7FE0, 0x10, "OW", &vec![7; pixels]);
    std::fs::write(path, out).unwrap();
}

/// What a stream says, told without the places where it was cut.
#[derive(PartialEq, Debug, Default)]
struct Said {
    units: Vec<String>,
    commands: Vec<(u8, Message)>,
    data: Vec<u8>,
}

fn read(bytes: &[u8], sizes: impl Iterator<Item = usize>) -> Said {
    let (mut framer, mut assembler) = (Framer::new(Limits::DEFAULT), Assembler::new(Limits::DEFAULT));
    let (mut said, mut rest) = (Said::default(), bytes);
    for size in sizes {
        if rest.is_empty() {
            break;
        }
        let (mut piece, behind) = rest.split_at(size.min(rest.len()));
        rest = behind;
        while let Some(unit) = framer.next(&mut piece).unwrap() {
            let Unit::Fragment(fragment) = unit else {
                round_trip(&unit);
                said.units.push(format!("{unit:?}"));
                continue;
            };
            match assembler.take(fragment).unwrap() {
                Part::Pending => {}
                Part::Command(context, command) => {
                    let mut again = Vec::new();
                    command.encode(&mut again).unwrap();
                    let decoded = radiogram_net::dimse::Command::decode(&again).unwrap();
                    assert_eq!(decoded.message, command.message);
                    said.commands.push((context, command.message.clone()));
                }
                Part::Unreadable(..) => panic!("a command of a real peer is not read"),
                Part::Data { bytes, .. } => said.data.extend_from_slice(bytes),
            }
        }
    }
    assert!(rest.is_empty() && framer.is_between() && assembler.is_between());
    said
}

/// What was decoded is the same when it is encoded and decoded again.
fn round_trip(unit: &Unit<'_>) {
    let mut again = Vec::new();
    match unit {
        Unit::AssociateRq(pdu) => {
            pdu.encode(&mut again).unwrap();
            assert_eq!(AssociateRq::decode(again.get(6..).unwrap()).unwrap(), **pdu);
        }
        Unit::AssociateAc(pdu) => {
            pdu.encode(&mut again).unwrap();
            assert_eq!(AssociateAc::decode(again.get(6..).unwrap()).unwrap(), **pdu);
        }
        _ => {}
    }
}

#[test]
fn what_real_peers_say_is_read_in_pieces_of_any_size() {
    let Some((server, port)) = orthanc().filter(|_| found("storescu").is_some()) else { return };
    let relay = Relay::start(port);
    let folder = &server.1;
    let paths = [folder.join("a.dcm"), folder.join("b.dcm")];
    file(&paths[0], "1.2.3.10", 100);
    file(&paths[1], "1.2.3.11", 300_000);
    let port = relay.port.to_string();
    let got = folder.join("got");
    std::fs::create_dir_all(&got).unwrap();
    let query = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3.1"];
    let runs: [(&str, Vec<&str>); 4] = [
        ("echoscu", vec!["-pts", "20", "-ppc", "4"]),
        ("storescu", vec!["--max-send-pdu", "16384"]),
        ("findscu", query.to_vec()),
        ("getscu", [&query[..], &["-od", got.to_str().unwrap()]].concat()),
    ];
    for (program, options) in &runs {
        let mut command = Process::new(found(program).unwrap());
        command.env("TCP_NODELAY", "1").args(options).args(["-aec", "PEER", "127.0.0.1", &port]);
        if *program == "storescu" {
            command.args(&paths);
        }
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{program}");
    }
    let kept = relay.kept.lock().unwrap().clone();
    assert_eq!(kept.len(), runs.len());
    let mut commands = 0;
    for one in kept {
        for stream in [&one.requestor, &one.acceptor] {
            // The last PDU is under way until the connection is closed.
            thread::sleep(Duration::from_millis(50));
            let bytes = stream.lock().unwrap().clone();
            let whole = read(&bytes, std::iter::repeat(usize::MAX));
            for size in [1, 5, 6, 7, 1000, 16_389] {
                assert_eq!(read(&bytes, std::iter::repeat(size)), whole, "pieces of {size}");
            }
            assert_eq!(read(&bytes, (0..).map(|at| at * 7919 % 3001 + 1)), whole);
            assert!(!whole.units.is_empty());
            commands += whole.commands.len();
        }
    }
    assert!(commands >= 12, "{commands} commands");
    drop(server);
}
