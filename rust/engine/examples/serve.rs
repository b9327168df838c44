//! A Storage SCP over a folder: `serve [--tls ANCHORS CERTIFICATES KEY] ADDRESS AET FOLDER|discard power|process|nothing`.
#![expect(clippy::print_stdout, reason = "a program says where it listens")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use radiogram_engine::sink::{FileStore, Promise, Template};
use radiogram_engine::tls::{self, Clients, Identity, Profile, Trust};
use radiogram_engine::{Arrival, Config, Lanes, Rules, Server, Sink, implementation, runtime};
use radiogram_io::Disk;
use radiogram_net::negotiation::{Acceptor, Calls, Offer, storage_classes};
use radiogram_net::{AeTitle, Uid};

struct Into(Sink);

impl Rules for Into {
    fn sink(&self, _: &Arrival) -> Sink {
        self.0.clone()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (tls, rest) = match arguments.as_slice() {
        [option, anchors, certificates, key, rest @ ..] if option == "--tls" => {
            let identity = Identity::from_pem(&std::fs::read(certificates)?, &std::fs::read(key)?)?;
            let clients = Clients::Required(Trust::from_pem(&std::fs::read(anchors)?)?);
            (Some(tls::Server::new(Profile::default(), &identity, clients)?), rest)
        }
        rest => (None, rest),
    };
    let [address, title, folder, promise] = rest else {
        return Err(
            "serve [--tls ANCHORS CERTIFICATES KEY] ADDRESS AET FOLDER|discard power|process|nothing".into(),
        );
    };
    let promise = match promise.as_str() {
        "power" => Promise::Power,
        "process" => Promise::Process,
        _ => Promise::Nothing,
    };
    let sink = if folder == "discard" {
        Sink::Discard
    } else {
        let template = Template::new("{sop_instance}.dcm")?;
        Sink::File(Arc::new(FileStore::new(Arc::new(Disk), Path::new(folder), template, promise)?))
    };
    let mut acceptor = Acceptor::new(implementation());
    acceptor.called = Calls::Only(vec![AeTitle::new(title)?]);
    acceptor.offers.add(Uid::new("1.2.840.10008.1.1"), Offer::provided(Vec::new()));
    for class in storage_classes() {
        acceptor.offers.add(class, Offer::provided(Vec::new()));
    }
    let config = Config { tls, lanes: Lanes::start(2)?, ..Config::new(acceptor, Arc::new(Into(sink))) };
    runtime()?.block_on(async {
        let server = Server::start(address.parse()?, config)?;
        println!("{}", server.address());
        loop {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
    })
}
