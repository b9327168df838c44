//! A Storage SCU: `send ADDRESS CALLED echo|COUNT FILE…`: each file as many times, in its own transfer syntax.
#![expect(clippy::print_stdout, reason = "a program says what it has sent")]

use std::time::Instant;

use radiogram_data::meta::Meta;
use radiogram_engine::client::Source;
use radiogram_engine::{Client, Result, Times, implementation, runtime};
use radiogram_net::negotiation::Proposal;
use radiogram_net::{AeTitle, Uid};

const CHUNK: usize = 1 << 20;

struct Bytes<'b>(std::slice::Chunks<'b, u8>);

impl Source for Bytes<'_> {
    async fn next(&mut self) -> Result<&[u8]> {
        Ok(self.0.next().unwrap_or_default())
    }
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, called, count, paths @ ..] = arguments.as_slice() else {
        return Err("send ADDRESS CALLED echo|COUNT FILE…".into());
    };
    let mut proposal = Proposal::new(AeTitle::new("SEND")?, AeTitle::new(called)?, implementation());
    proposal.propose(Uid::new("1.2.840.10008.1.1"), vec![Uid::new("1.2.840.10008.1.2")]);
    let mut files = Vec::new();
    for path in paths {
        let bytes = std::fs::read(path)?;
        let (meta, begin) = Meta::find(&bytes).ok_or("no file meta information")?;
        let id = proposal.propose(Uid::new(&meta.sop_class), vec![Uid::new(&meta.transfer_syntax)]);
        files.push((id.ok_or("more than 128 contexts")?, meta, bytes, begin));
    }
    runtime(1)?.block_on(async {
        let mut client = Client::connect(address.parse()?, proposal.finish(), Times::default()).await?;
        let began = Instant::now();
        let mut done = 0;
        if count == "echo" {
            for _ in 0..10_000 {
                done += u32::from(client.echo(1).await?.status.0 == 0);
            }
        } else {
            for _ in 0..count.parse::<u32>()? {
                for (id, meta, bytes, begin) in &files {
                    let mut source = Bytes(bytes.get(*begin..).unwrap_or_default().chunks(CHUNK));
                    let (class, instance) = (Uid::new(&meta.sop_class), Uid::new(&meta.sop_instance));
                    let outcome = client.store(*id, class, instance, &mut source).await?;
                    done += u32::from(outcome.status.0 == 0);
                }
            }
        }
        let time = began.elapsed().as_secs_f64();
        println!("{done} in {time:.3} s, {:.0} a second", f64::from(done) / time);
        client.release().await?;
        Ok(())
    })
}
