//! A proxy that cuts connections in the middle.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Bytes that are carried at once.
const PIECE: usize = 64 * 1024;

/// Which way the bytes go that are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    Up,
    Down,
}

/// Where the next connections are cut: after so many bytes that it carried one way in all.
#[derive(Default)]
struct Cuts {
    carried: u64,
    at: VecDeque<u64>,
    done: usize,
}

/// A proxy that cuts connections in the middle, until it is dropped.
pub(super) struct Cutter {
    pub(super) address: String,
    cuts: Arc<Mutex<Cuts>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Cutter {
    /// Before `server`; cuts `times` at random places of the first `size` bytes that go one way.
    pub(super) async fn before(server: &str, counted: Counted, size: u64, times: usize) -> std::io::Result<Self> {
        let mut at: Vec<u64> = (0..times).map(|_| random() % size).collect();
        at.sort_unstable();
        let cuts = Arc::new(Mutex::new(Cuts { at: at.into(), ..Cuts::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (server, shared) = (server.to_owned(), Arc::clone(&cuts));
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, cuts) = (server.clone(), Arc::clone(&shared));
                tokio::spawn(async move { carry(client, &server, counted, &cuts).await });
            }
        });
        Ok(Self { address, cuts, accepting })
    }

    /// How often it has cut.
    pub(super) fn done(&self) -> usize {
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner).done
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// 64 random bits.
fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// Both ways, until either side ends or it is cut.
async fn carry(mut client: TcpStream, server: &str, counted: Counted, cuts: &Mutex<Cuts>) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    tokio::select! {
        () = one_way(from_client, to_server, (counted == Counted::Up).then_some(cuts)) => {}
        () = one_way(from_server, to_client, (counted == Counted::Down).then_some(cuts)) => {}
    }
}

async fn one_way(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, cuts: Option<&Mutex<Cuts>>) {
    let mut piece = vec![0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if to.write_all(&piece[..length]).await.is_err() || cuts.is_some_and(|cuts| is_due(cuts, length)) {
            return;
        }
    }
}

/// Whether a cut is due after so many more bytes; of several that are, one is left.
fn is_due(cuts: &Mutex<Cuts>, more: usize) -> bool {
    let mut cuts = cuts.lock().unwrap_or_else(PoisonError::into_inner);
    cuts.carried += more as u64;
    let carried = cuts.carried;
    if cuts.at.front().is_none_or(|at| *at > carried) {
        return false;
    }
    cuts.at.pop_front();
    cuts.done += 1;
    true
}
