//! One connection, with as little work for each request as possible: what the generator computes the
//! programs cannot.

use eyre::{Result, bail, eyre};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header::{CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinHandle};

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    task: JoinHandle<()>,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> Result<Self> {
        let host = format!("127.0.0.1:{port}");
        let stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let task = tokio::spawn(async move {
            // How it ends, the next request says.
            connection.await.ok();
        });
        Ok(Self { sender, host, task })
    }

    /// Bytes of the answer to a request, which must not be an error.
    pub(crate) async fn ask(&mut self, body: Bytes) -> Result<usize> {
        let request = Request::post("/")
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        if !response.status().is_success() {
            bail!("the status is {}", response.status());
        }
        let answer = response.into_body().collect().await?.to_bytes();
        check(&answer)?;
        Ok(answer.len())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Fails with an error that is answered, or with nothing that is: what is asked for is there. Looks at
/// the ends alone, for answers are long.
fn check(answer: &[u8]) -> Result<()> {
    const LOOK: usize = 60;
    let start = answer.get(..LOOK).unwrap_or(answer);
    let has = |text: &[u8]| start.windows(text.len()).any(|part| part == text);
    if has(b"\"error\"") || has(b"\"result\":null") || !has(b"\"result\":") && answer.len() < LOOK {
        return Err(eyre!("the answer is {}", String::from_utf8_lossy(answer)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_results_are_answers() {
        check(br#"{"jsonrpc":"2.0","id":0,"result":"0x1"}"#).unwrap();
        check(br#"{"jsonrpc":"2.0","id":0,"result":[{"address":"0x0000000000000000"}]}"#).unwrap();
        for wrong in [
            r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32000,"message":"no"}}"#,
            r#"{"jsonrpc":"2.0","id":0,"result":null}"#,
            "too many requests",
            "",
        ] {
            assert!(check(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
