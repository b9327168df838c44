//! Time-outs where the machine itself has stood still: what a peer has sent meanwhile has come in time.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use both::{App, VERIFICATION, context, proposal, start};
use radiogram_engine::Lanes;
use radiogram_net::Uid;
use radiogram_net::dimse::{Command, Pieces, c_echo};

const PATIENCE: Duration = Duration::from_millis(400);

/// The kind of the next PDU.
fn next_pdu(stream: &mut TcpStream) -> u8 {
    let mut head = [0; 6];
    stream.read_exact(&mut head).unwrap();
    let [kind, _, length @ ..] = head;
    stream.read_exact(&mut vec![0; u32::from_be_bytes(length) as usize]).unwrap();
    kind
}

/// All on one thread, which sleeps between what the peer says and the next look at it: the alarm and the bytes are there at once.
#[tokio::test]
async fn who_has_sent_in_time_is_not_late() {
    let server = start(Arc::new(App::default()), |config| {
        // Associations on the thread of the test, which is the one that stands still.
        config.lanes = radiogram_engine::Lanes::default();
        (config.times.artim, config.times.idle, config.times.dimse) = (PATIENCE, PATIENCE, PATIENCE);
        config.lanes = Lanes::default();
    });
    let mut request = Vec::new();
    proposal().finish().encode(&mut request).unwrap();
    let mut command = Vec::new();
    let message = c_echo::Request { sop_class: Uid::new(VERIFICATION), id: 1 }.into();
    Command { message, has_data: false }.encode(&mut command).unwrap();
    let mut echo = Vec::new();
    for (head, content) in Pieces::new(context::VERIFICATION, true, true, &command, 16_000) {
        echo.extend_from_slice(&head.encode());
        echo.extend_from_slice(content);
    }
    for round in 0..6 {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        while server.associations() == 0 {
            tokio::task::yield_now().await;
        }
        for (bytes, answer) in [(&request, 2), (&echo, 4)] {
            stream.write_all(bytes).unwrap();
            sleep(PATIENCE * 3 / 2);
            let mut heard = stream.try_clone().unwrap();
            let kind = tokio::task::spawn_blocking(move || next_pdu(&mut heard)).await.unwrap();
            assert_eq!(kind, answer, "round {round}");
        }
        drop(stream);
        both::wait_for(|| server.associations() == 0).await;
    }
    assert_eq!(server.metrics().timed_out.get(), 0);
}
