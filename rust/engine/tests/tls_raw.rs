//! Records as no program of ours sends them: short ones, cut anywhere, with new keys in between, and more of them than was agreed on.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;
mod certificates;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use both::{App, context, proposal, wait_for};
use certificates::{Authority, Papers};
use radiogram_engine::Request;
use radiogram_engine::tls::{self, Clients, Profile};
use radiogram_mutator::{Random, mutate, rounds};
use radiogram_net::Uid;
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Command, Outcome, Pieces, c_find};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConnection, StreamOwned};

/// A connection that takes so many bytes at once.
struct Drip(TcpStream, usize);

impl Read for Drip {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Drip {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes.get(..self.1).unwrap_or(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A client of rustls as others use it, which waits for what it reads.
fn raw(
    address: SocketAddr,
    authority: &Authority,
    drip: usize,
    papers: Option<&Papers>,
) -> StreamOwned<ClientConnection, Drip> {
    let mut anchors = rustls::RootCertStore::empty();
    anchors.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(anchors);
    let config = match papers {
        Some(papers) => {
            let chain = vec![CertificateDer::from_pem_slice(papers.chain.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(papers.key.as_bytes()).unwrap();
            config.with_client_auth_cert(chain, key).unwrap()
        }
        None => config.with_no_client_auth(),
    };
    let name = ServerName::IpAddress(address.ip().into());
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    StreamOwned::new(session, Drip(stream, drip))
}

/// The kind of the next PDU, and what is in it.
fn next_pdu(stream: &mut impl Read) -> (u8, Vec<u8>) {
    let mut head = [0; 6];
    stream.read_exact(&mut head).unwrap();
    let mut rest = vec![0; usize::from(head[5]) | usize::from(head[4]) << 8];
    stream.read_exact(&mut rest).unwrap();
    (head[0], rest)
}

/// A-RELEASE-RQ (PS3.8 9.3.6).
const RELEASE: [u8; 10] = [5, 0, 0, 0, 0, 4, 0, 0, 0, 0];

/// Records of a byte each, cut anywhere, and new keys in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_may_be_short_and_keys_change() {
    let authority = Authority::new("CA");
    let identity = authority.papers(&["127.0.0.1"]).identity();
    for (profile, drip) in [(Profile::Bcp195, 1), (Profile::Modern, 7), (Profile::Bcp195, 100_000)] {
        let tls = tls::Server::new(profile, &identity, Clients::Anonymous).unwrap();
        let server = both::start(Arc::new(App::default()), |config| config.tls = Some(tls));
        let mut stream = raw(server.address(), &authority, drip, None);
        let said = tokio::task::spawn_blocking(move || {
            let mut request = Vec::new();
            proposal().finish().encode(&mut request).unwrap();
            for (number, byte) in request.iter().enumerate() {
                stream.write_all(&[*byte]).unwrap();
                stream.flush().unwrap();
                if number % 40 == 39 {
                    stream.conn.refresh_traffic_keys().unwrap();
                }
            }
            let accepted = next_pdu(&mut stream).0;
            stream.write_all(&RELEASE).unwrap();
            (accepted, next_pdu(&mut stream).0)
        });
        assert_eq!(said.await.unwrap(), (2, 6), "accepted and released");
    }
}

/// Certificates of more than one record, in pieces: those of a message of the handshake are held until it is there as a whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_certificates_are_read_in_pieces() {
    let authority = Authority::new("CA");
    let names: Vec<String> = (0..1000).map(|number| format!("modality-{number:04}.example")).collect();
    let names: Vec<&str> = ["127.0.0.1"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let papers = authority.papers(&names);
    assert!(papers.chain.len() > 25_000, "{}", papers.chain.len());
    let tls =
        tls::Server::new(Profile::Bcp195, &papers.identity(), Clients::Required(authority.trust())).unwrap();
    let server = both::start(Arc::new(App::default()), |config| config.tls = Some(tls));
    for drip in [100, 5000, 100_000] {
        let mut stream = raw(server.address(), &authority, drip, Some(&papers));
        let said = tokio::task::spawn_blocking(move || {
            let mut request = Vec::new();
            proposal().finish().encode(&mut request).unwrap();
            stream.write_all(&request).unwrap();
            stream.flush().unwrap();
            let accepted = next_pdu(&mut stream).0;
            stream.write_all(&RELEASE).unwrap();
            (accepted, next_pdu(&mut stream).0)
        });
        assert_eq!(said.await.unwrap(), (2, 6), "by {drip}");
    }
    // Both ends ours.
    let client =
        tls::Client::new(Profile::Bcp195, authority.trust(), Some(&papers.identity()), true).unwrap();
    let caller = both::caller(Arc::new(App::default()), |config| config.tls = Some(client));
    for _ in 0..2 {
        let association = caller.associate(server.address(), proposal().finish()).await.unwrap();
        association.release().await.unwrap();
    }
}

/// Who asks for more at once than was agreed on is read in small pieces, which are smaller than its records.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_beyond_the_window_wait_for_their_turn() {
    const REQUESTS: u16 = 200;
    let authority = Authority::new("CA");
    let identity = authority.papers(&["127.0.0.1"]).identity();
    let app = Arc::new(App::serving(|request: Request| {
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            request.replies.fail(Outcome::of(0xA700));
        });
    }));
    let tls = tls::Server::new(Profile::Bcp195, &identity, Clients::Anonymous).unwrap();
    let server = both::start(app, |config| config.tls = Some(tls));
    let mut stream = raw(server.address(), &authority, 100_000, None);
    let answered = tokio::task::spawn_blocking(move || {
        let mut said = Vec::new();
        proposal().finish().encode(&mut said).unwrap();
        stream.write_all(&said).unwrap();
        assert_eq!(next_pdu(&mut stream).0, 2);
        said.clear();
        for id in 1..=REQUESTS {
            let message =
                c_find::Request { sop_class: Uid::new(both::FIND), id, priority: Priority::Medium }.into();
            let mut command = Vec::new();
            Command { message, has_data: true }.encode(&mut command).unwrap();
            for (is_command, bytes) in [(true, &command[..]), (false, &[0; 256])] {
                for (head, content) in Pieces::new(context::FIND, is_command, true, bytes, 16_000) {
                    said.extend_from_slice(&head.encode());
                    said.extend_from_slice(content);
                }
            }
        }
        stream.write_all(&said).unwrap();
        let answers = (0..REQUESTS).filter(|_| next_pdu(&mut stream).0 == 4).count();
        stream.write_all(&RELEASE).unwrap();
        assert_eq!(next_pdu(&mut stream).0, 6);
        answers
    });
    assert_eq!(answered.await.unwrap(), usize::from(REQUESTS));
}

/// Handshakes that are damaged anywhere end, each alone, and never by a panic.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_handshakes_end_alone() {
    let authority = Authority::new("CA");
    let identity = authority.papers(&["127.0.0.1"]).identity();
    let tls = tls::Server::new(Profile::Bcp195, &identity, Clients::Required(authority.trust())).unwrap();
    let server = both::start(Arc::new(App::default()), |config| config.tls = Some(tls));
    let address = server.address();
    let mut hello = Vec::new();
    raw(address, &authority, 1, None).conn.write_tls(&mut hello).unwrap();
    wait_for(|| server.associations() == 0).await;
    let before = server.metrics().handshakes_failed.get();
    tokio::task::spawn_blocking(move || {
        let mut random = Random(20_260_815);
        for _ in rounds(300) {
            let mut bytes = hello.clone();
            // Twice as long as one, so that what is wrong can come behind what is right.
            bytes.extend_from_slice(&hello);
            mutate(
                &mut random,
                &mut bytes,
                &[&[0x16, 3, 3, 0, 4], &[0x14, 3, 3, 0, 1, 1], &[0x15, 3, 3, 0, 2, 2, 40]],
            );
            let mut stream = TcpStream::connect(address).unwrap();
            // Who is refused may be gone.
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
    })
    .await
    .unwrap();
    wait_for(|| server.associations() == 0).await;
    let metrics = server.metrics();
    assert_eq!((metrics.panics.get(), metrics.handshakes.get()), (0, 0));
    assert!(metrics.handshakes_failed.get() > before);
}
