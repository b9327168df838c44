//! Secured associations: who is let in, who is not and what both sides are told, sessions that go on, and peers that stop in the middle.
#![expect(clippy::panic, reason = "what is not as it should be ends a test")]

mod both;
mod certificates;

use std::sync::Arc;
use std::time::Duration;

use both::{App, context, data_set, proposal, wait_for};
use certificates::{Authority, self_signed};
use radiogram_engine::tls::{self, Clients, Failure, Identity, Profile, Trust};
use radiogram_engine::{
    Body, CallConfig, Caller, Config, Ending, Error, Handle, Kept, Server, implementation,
};
use radiogram_net::Uid;
use radiogram_net::dimse::Outcome;
use radiogram_net::negotiation::Acceptor;
use tokio::net::TcpStream;

fn serve(server: tls::Server) -> (Server, Arc<App>) {
    let app = Arc::new(App::default());
    (both::start(Arc::clone(&app), |config| config.tls = Some(server)), app)
}

fn caller(client: &tls::Client) -> Caller {
    both::caller(Arc::new(App::default()), |config: &mut CallConfig| config.tls = Some(client.clone()))
}

async fn call(server: &Server, client: &tls::Client) -> Result<Handle, Error> {
    caller(client).associate(server.address(), proposal().finish()).await
}

/// Associates and says something, so that what the other side thinks of us is known.
async fn speak(server: &Server, client: &tls::Client) -> Result<(), Error> {
    let association = call(server, client).await?;
    association.echo(context::VERIFICATION).await?;
    association.release().await
}

async fn failure(server: &Server, client: &tls::Client) -> (Failure, String) {
    match speak(server, client).await {
        Err(error) => {
            let text = error.to_string();
            let Error::Insecure(failure, _) = error else { panic!("{text}") };
            (failure, text)
        }
        Ok(()) => panic!("it was let in"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn associations_are_secured_by_every_profile() {
    for profile in Profile::ALL {
        let (server, client) = certificates::both(profile);
        let (server, app) = serve(server);
        let association = call(&server, &client).await.unwrap();
        for size in [0, 10, 20_000, 70_001, 3_000_000] {
            let uid = format!("1.2.{size}");
            let data = data_set(&uid, size);
            let stored =
                association.store(context::CT, Uid::new(both::CT), Uid::new(&uid), Body::bytes(data.clone()));
            assert_eq!(stored.await.unwrap(), Outcome::default());
            let Some((_, Kept::Memory(file))) = app.kept.lock().unwrap().pop() else { panic!("{size}") };
            assert!(file.ends_with(&data), "{size} by {profile:?}");
        }
        let security = association.security().unwrap();
        assert_eq!(security.version, "TLSv1.3");
        assert_eq!(Some(&security.suite), profile.suites().next().as_ref());
        assert_eq!((security.certificates.len(), security.is_resumed), (1, false));
        let theirs = server.handles().pop().unwrap();
        assert!(theirs.security().unwrap().certificates.is_empty(), "nobody was asked");
        association.release().await.unwrap();
        let metrics = server.metrics();
        assert_eq!((metrics.handshakes.get(), metrics.handshakes_failed.get()), (1, 0));
        assert!(metrics.tls_bytes_in.get() > metrics.bytes_in.get());
        assert!(metrics.bytes_in.get() > 3_000_000 && metrics.tls_bytes_out.get() > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_can_be_asked_who_they_are() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let identity = ours.papers(&["127.0.0.1"]).identity();
    let client = |identity: Option<&Identity>| {
        tls::Client::new(Profile::Bcp195, ours.trust(), identity, true).unwrap()
    };
    let member = client(Some(&theirs.papers(&["modality.example"]).identity()));
    let stranger = client(Some(&Authority::new("others").papers(&["x.example"]).identity()));
    let anonymous = client(None);

    let required = tls::Server::new(Profile::Bcp195, &identity, Clients::Required(theirs.trust())).unwrap();
    let (server, _) = serve(required);
    // A session that goes on knows them as well.
    for is_resumed in [false, true] {
        let association = call(&server, &member).await.unwrap();
        association.echo(context::VERIFICATION).await.unwrap();
        let security = server.handles().pop().unwrap().security().unwrap().clone();
        assert_eq!((security.certificates.len(), security.is_resumed), (1, is_resumed));
        association.release().await.unwrap();
        wait_for(|| server.associations() == 0).await;
    }
    // TLS 1.3: the client is told after it has thought that all was well.
    let (failed, text) = failure(&server, &anonymous).await;
    assert_eq!(failed, Failure::Told(116));
    assert!(text.contains("wants a certificate of ours"), "{text}");
    assert_eq!(failure(&server, &stranger).await.0, Failure::Told(48));
    assert_eq!(server.metrics().handshakes_failed.get(), 2);

    let optional = tls::Server::new(Profile::Bcp195, &identity, Clients::Optional(theirs.trust())).unwrap();
    let (server, _) = serve(optional);
    speak(&server, &member).await.unwrap();
    speak(&server, &anonymous).await.unwrap();
    assert_eq!(failure(&server, &stranger).await.0, Failure::Told(48));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_has_to_be_who_it_should_be() {
    let authority = Authority::new("CA");
    let start = |papers: &certificates::Papers| {
        serve(tls::Server::new(Profile::Bcp195, &papers.identity(), Clients::Anonymous).unwrap()).0
    };
    let client = |checks| tls::Client::new(Profile::Bcp195, authority.trust(), None, checks).unwrap();

    let elsewhere = start(&authority.papers(&["elsewhere.example"]));
    let (failed, text) = failure(&elsewhere, &client(true)).await;
    assert_eq!(failed, Failure::Certificate);
    assert!(text.contains("elsewhere.example"), "{text}");
    speak(&elsewhere, &client(false)).await.unwrap();
    let named = caller(&client(true));
    let called =
        named.associate_with(vec![elsewhere.address()], "elsewhere.example", proposal().finish()).await;
    called.unwrap().release().await.unwrap();
    assert!(named.associate_with(vec![elsewhere.address()], "..", proposal().finish()).await.is_err());

    let forged = start(&authority.papers(&["x.example\nINFO: all is well\r"]));
    let (failed, text) = failure(&forged, &client(true)).await;
    assert!(failed == Failure::Certificate && !text.contains(char::is_control), "{text}");
    let (failed, text) = failure(&start(&authority.expired(&["127.0.0.1"])), &client(true)).await;
    assert!(failed == Failure::Certificate && text.contains("expired"), "{text}");
    let (failed, text) = failure(&start(&Authority::new("CA").papers(&["127.0.0.1"])), &client(false)).await;
    assert!(failed == Failure::Certificate && !text.is_empty(), "{text}");
}

/// A certificate that is its own authority is believed where it was given, and nowhere else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_that_sign_themselves_are_believed_by_name() {
    let papers = self_signed(&["127.0.0.1"]);
    let given = Trust::from_pem(papers.chain.as_bytes()).unwrap();
    let device = self_signed(&["device.example"]);
    let devices = Trust::from_pem(device.chain.as_bytes()).unwrap();
    let server = tls::Server::new(Profile::Bcp195, &papers.identity(), Clients::Required(devices)).unwrap();
    let (server, _) = serve(server);
    let client = |trust: &Trust, papers: &certificates::Papers| {
        tls::Client::new(Profile::Bcp195, trust.clone(), Some(&papers.identity()), true).unwrap()
    };
    speak(&server, &client(&given, &device)).await.unwrap();
    // Another one of the same making.
    let other = Trust::from_pem(self_signed(&["127.0.0.1"]).chain.as_bytes()).unwrap();
    assert_eq!(failure(&server, &client(&other, &device)).await.0, Failure::Certificate);
    let Failure::Told(_) = failure(&server, &client(&given, &self_signed(&["device.example"]))).await.0
    else {
        panic!("the server has to say so")
    };
    // The name counts here as well.
    let elsewhere = self_signed(&["elsewhere.example"]);
    let trust = Trust::from_pem(elsewhere.chain.as_bytes()).unwrap();
    let (server, _) =
        serve(tls::Server::new(Profile::Bcp195, &elsewhere.identity(), Clients::Anonymous).unwrap());
    let strict = tls::Client::new(Profile::Bcp195, trust.clone(), None, true).unwrap();
    assert_eq!(failure(&server, &strict).await.0, Failure::Certificate);
    speak(&server, &tls::Client::new(Profile::Bcp195, trust, None, false).unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_revoked_is_not_believed() {
    let authority = Authority::new("CA");
    let numbered = |number: u64| {
        authority.papers_with(&["127.0.0.1"], |params| params.serial_number = Some(number.into())).identity()
    };
    let trust = authority.trust().revoking(authority.revoke(77).as_bytes()).unwrap();
    let client = tls::Client::new(Profile::Bcp195, trust, None, true).unwrap();
    let start =
        |number| serve(tls::Server::new(Profile::Bcp195, &numbered(number), Clients::Anonymous).unwrap()).0;
    speak(&start(76), &client).await.unwrap();
    let (failed, text) = failure(&start(77), &client).await;
    assert!(failed == Failure::Certificate && text.contains("revoked"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_go_on() {
    let (server, client) = certificates::both(Profile::Bcp195);
    let (server, _) = serve(server);
    let caller = caller(&client);
    for round in 0..5 {
        let association = caller.associate(server.address(), proposal().finish()).await.unwrap();
        association.echo(context::VERIFICATION).await.unwrap();
        assert_eq!(association.security().unwrap().is_resumed, round > 0);
        association.release().await.unwrap();
    }
    assert_eq!(server.metrics().handshakes_resumed.get(), 4);
    assert_eq!(caller.metrics().handshakes_resumed.get(), 4);
    // Another client knows nothing of it.
    let other = tls::Client::new(Profile::Bcp195, Authority::new("x").trust(), None, true).unwrap();
    assert_eq!(failure(&server, &other).await.0, Failure::Certificate);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_speak_tls_is_told_apart() {
    let (server, client) = certificates::both(Profile::Bcp195);
    let (secure, _) = serve(server);
    let plain = both::start(Arc::new(App::default()), |_| {});
    let said = Caller::new(CallConfig::default()).associate(secure.address(), proposal().finish()).await;
    assert!(said.is_err());
    wait_for(|| secure.metrics().handshakes_failed.get() == 1).await;
    let (failed, text) = failure(&plain, &client).await;
    assert!(failed == Failure::Plain || failed == Failure::Ended, "{text}");
    // Rubbish of all kinds.
    for garbage in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 100], &[0x16, 3, 1, 0xFF, 0xFF, 1, 2], &vec![0xFF; 70_000]]
    {
        let stream = TcpStream::connect(secure.address()).await.unwrap();
        let mut rest = garbage;
        while !rest.is_empty() {
            stream.writable().await.unwrap();
            match stream.try_write(rest) {
                Ok(count) => rest = rest.get(count..).unwrap(),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
    }
    wait_for(|| secure.metrics().handshakes_failed.get() == 5).await;
    wait_for(|| secure.associations() == 0).await;
    speak(&secure, &client).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_come_to_an_end() {
    let (server, client) = certificates::both(Profile::Bcp195);
    let app = Arc::new(App::default());
    let server = both::start(app, |config| {
        config.tls = Some(server);
        config.times.artim = Duration::from_secs(3);
        config.quotas.associations = 2;
    });
    let silent = TcpStream::connect(server.address()).await.unwrap();
    let slow = TcpStream::connect(server.address()).await.unwrap();
    wait_for(|| server.associations() == 2).await;
    // Those that have not even begun count as well.
    let Err(Error::Rejected(_)) = call(&server, &client).await else { panic!("a third one") };
    // Bytes that come now and then are no reason to wait longer; there are more of them than there is time.
    for byte in [0x16, 3, 1, 0, 200, 1, 0, 0].into_iter().chain([0; 150]) {
        slow.writable().await.unwrap();
        if slow.try_write(&[byte]).is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(80)).await;
    }
    wait_for(|| server.associations() == 0).await;
    assert_eq!(server.metrics().timed_out.get(), 2);
    drop(silent);
    // The other way: a server that says nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let quick = both::caller(Arc::new(App::default()), |config| {
        config.tls = Some(client.clone());
        config.times.artim = Duration::from_millis(200);
    });
    let said = quick.associate(listener.local_addr().unwrap(), proposal().finish()).await;
    assert!(matches!(said, Err(Error::TimedOut(_))), "{said:?}");
}

/// Both directions are full at once, and neither waits for the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_messages_pass_each_other() {
    let (server, client) = certificates::both(Profile::Bcp195);
    let (server, _) = serve(server);
    let ours = Arc::new(App::default());
    let caller = both::caller(Arc::clone(&ours), |config| config.tls = Some(client));
    let association = caller.associate(server.address(), proposal().finish()).await.unwrap();
    let other = server.handles().pop().unwrap();
    let store = |handle: Handle, uid: &'static str| async move {
        let body = Body::bytes(data_set(uid, 20_000_000));
        handle.store(context::CT, Uid::new(both::CT), Uid::new(uid), body).await
    };
    let (sent, received) = tokio::join!(store(association.clone(), "1.2"), store(other.clone(), "1.3"));
    assert_eq!((sent.unwrap(), received.unwrap()), (Outcome::default(), Outcome::default()));
    association.release().await.unwrap();
    assert_eq!(other.ended().await, Ending::Released);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_associations_lose_and_double_nothing() {
    let (server, client) = certificates::both(Profile::Bcp195);
    let (server, app) = serve(server);
    let caller = caller(&client);
    let senders: Vec<_> = (0..30)
        .map(|number| {
            let (caller, address) = (caller.clone(), server.address());
            tokio::spawn(async move {
                let association = caller.associate(address, proposal().finish()).await.unwrap();
                for instance in 0..10 {
                    let uid = format!("1.{number}.{instance}");
                    let body = Body::bytes(data_set(&uid, 7000 * instance));
                    let stored = association.store(context::CT, Uid::new(both::CT), Uid::new(&uid), body);
                    assert_eq!(stored.await.unwrap(), Outcome::default());
                }
                association.release().await.unwrap();
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let kept = app.kept.lock().unwrap();
    let mut seen: Vec<&str> = kept.iter().map(|(arrival, _)| arrival.sop_instance.as_str()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((seen.len(), kept.len()), (300, 300));
    for (arrival, kept) in kept.iter() {
        let uid = arrival.sop_instance.as_str();
        let size = 7000 * uid.rsplit('.').next().unwrap().parse::<usize>().unwrap();
        let Kept::Memory(file) = kept else { panic!("{kept:?}") };
        assert!(file.ends_with(&data_set(uid, size)), "{uid}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_internet_protocol() {
    // A machine can be without it.
    let Ok(six) = std::net::TcpListener::bind("[::1]:0").and_then(|socket| socket.local_addr()) else {
        return;
    };
    let authority = Authority::new("CA");
    let client = tls::Client::new(Profile::Bcp195, authority.trust(), None, true).unwrap();
    for (names, is_right) in [(["::1"], true), (["127.0.0.1"], false)] {
        let identity = authority.papers(&names).identity();
        let server = tls::Server::new(Profile::Bcp195, &identity, Clients::Anonymous).unwrap();
        let mut config = Config::new(Acceptor::new(implementation()), Arc::new(App::default()));
        config.tls = Some(server);
        let server = Server::start((six.ip(), 0).into(), config).unwrap();
        let said = call(&server, &client).await;
        assert_eq!(said.is_ok(), is_right, "{said:?}");
    }
}

/// A server that stops waits for no handshake.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_do_not_keep_a_server() {
    let (server, _) = serve(certificates::both(Profile::Bcp195).0);
    let silent = TcpStream::connect(server.address()).await.unwrap();
    wait_for(|| server.associations() == 1).await;
    let began = std::time::Instant::now();
    server.stop(Duration::from_millis(100)).await;
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    silent.readable().await.unwrap();
    assert_eq!(silent.try_read(&mut [0; 10]).unwrap_or(0), 0, "it is closed");
}
