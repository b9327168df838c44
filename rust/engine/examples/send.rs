//! A Storage SCU: `send [--tls ANCHORS CERTIFICATES KEY] ADDRESS CALLED echo|COUNT FILE…`: each file as many times, in its own transfer syntax.
#![expect(clippy::print_stdout, reason = "a program says what it has sent")]

use std::path::PathBuf;
use std::time::Instant;

use radiogram_data::meta::Meta;
use radiogram_engine::tls::{Client, Identity, Profile, Trust};
use radiogram_engine::{CallConfig, Caller, Lanes, SendOptions, implementation, runtime};
use radiogram_net::negotiation::Proposal;
use radiogram_net::{AeTitle, Uid};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (tls, rest) = match arguments.as_slice() {
        [option, anchors, certificates, key, rest @ ..] if option == "--tls" => {
            let identity = Identity::from_pem(&std::fs::read(certificates)?, &std::fs::read(key)?)?;
            let trust = Trust::from_pem(&std::fs::read(anchors)?)?;
            (Some(Client::new(Profile::default(), trust, Some(&identity), true)?), rest)
        }
        rest => (None, rest),
    };
    let [address, called, count, paths @ ..] = rest else {
        return Err("send [--tls ANCHORS CERTIFICATES KEY] ADDRESS CALLED echo|COUNT FILE…".into());
    };
    let mut proposal = Proposal::new(AeTitle::new("SEND")?, AeTitle::new(called)?, implementation());
    proposal.propose(Uid::new("1.2.840.10008.1.1"), vec![Uid::new("1.2.840.10008.1.2")]);
    for path in paths {
        let (meta, _) = Meta::find(&std::fs::read(path)?).ok_or("no file meta information")?;
        let syntaxes = vec![Uid::new(&meta.transfer_syntax)];
        proposal.propose(Uid::new(&meta.sop_class), syntaxes).ok_or("more than 128 contexts")?;
    }
    runtime()?.block_on(async {
        let own = Caller::new(CallConfig { tls, lanes: Lanes::start(1)?, ..CallConfig::default() });
        let association = own.associate(address.parse()?, proposal.finish()).await?;
        let began = Instant::now();
        let mut done = 0;
        if count == "echo" {
            for _ in 0..10_000 {
                done += u32::from(association.echo(1).await?.status.0 == 0);
            }
        } else {
            let all: Vec<PathBuf> =
                (0..count.parse::<u32>()?).flat_map(|_| paths.iter().map(PathBuf::from)).collect();
            let mut sending = association.store_files(all, SendOptions::default());
            while let Some(sent) = sending.next().await {
                done += u32::from(sent.result.is_ok_and(|outcome| outcome.status.0 == 0));
            }
        }
        let time = began.elapsed().as_secs_f64();
        println!("{done} in {time:.3} s, {:.0} a second", f64::from(done) / time);
        association.release().await?;
        Ok(())
    })
}
