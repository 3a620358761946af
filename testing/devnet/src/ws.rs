//! JSON-RPC over WebSocket.

use crate::limit::soon;
use eyre::{OptionExt, Result, bail};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{collections::VecDeque, net::SocketAddr};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async, tungstenite::protocol::Message,
};

/// Calls a node over WebSocket, and hears of what it subscribed to. Reads only when it is asked to.
#[derive(Debug)]
pub struct WsClient {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_id: u64,
    /// Messages that came while an answer was waited for.
    heard: VecDeque<Value>,
}

impl WsClient {
    /// Calls the node that serves this address.
    ///
    /// # Errors
    /// If the node cannot be reached.
    pub async fn connect(addr: SocketAddr) -> Result<Self> {
        let connected = soon("a connection", connect_async(format!("ws://{addr}"))).await?;
        Ok(Self { socket: connected?.0, next_id: 0, heard: VecDeque::new() })
    }

    /// The result of a method.
    ///
    /// # Errors
    /// If the connection ends, or the node answers with an error, which is in the text.
    pub async fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        self.next_id += 1;
        let id = self.next_id;
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.socket.send(Message::text(request.to_string())).await?;
        loop {
            let mut message = self.message().await?;
            if message["id"] == id {
                if let Some(error) = message.get("error") {
                    bail!("{method}: {error}");
                }
                return Ok(message["result"].take());
            }
            self.heard.push_back(message);
        }
    }

    /// Parameters of the next message of any subscription: `subscription`, and `result` or `error`.
    ///
    /// # Errors
    /// If the connection ends, or there is none within the limit.
    pub async fn next(&mut self) -> Result<Value> {
        loop {
            let next = match self.heard.pop_front() {
                Some(message) => message,
                None => self.message().await?,
            };
            if let Some(params) = next.get("params") {
                return Ok(params.clone());
            }
        }
    }

    /// What the next message of any subscription tells.
    ///
    /// # Errors
    /// As for [`Self::next`], and if the subscription has ended.
    pub async fn result(&mut self) -> Result<Value> {
        let mut params = self.next().await?;
        if let Some(error) = params.get("error") {
            bail!("a subscription has ended: {error}");
        }
        Ok(params["result"].take())
    }

    async fn message(&mut self) -> Result<Value> {
        loop {
            let message = soon("a message", self.socket.next()).await?;
            if let Message::Text(text) = message.ok_or_eyre("the connection has ended")?? {
                return Ok(serde_json::from_str(text.as_str())?);
            }
        }
    }
}
