//! The way to one address: upgrade, token, sub-protocol, TLS (protocol section 3), and how it ended.

#[cfg(feature = "tls")]
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::http::{header, HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::error::PROTOCOL;
use crate::retry::retry_after;
use crate::token::Token;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Bytes beyond the message limit that the WebSocket admits, so that this side closes 4505 and not 1009.
const SPARE: usize = 4096;
/// Bytes that are read at once: the library's 128 KiB are most of what an idle connection holds.
const READ_BUFFER: usize = 8 << 10;

/// How a client connects: where to, with which token, and how long it waits.
pub(crate) struct Plan {
    pub uris: Vec<String>,
    pub token: Token,
    pub open_timeout: Duration,
    pub first_wait: Duration,
    pub least_wait: Duration,
    pub most_wait: Duration,
    pub refusal_timeout: Duration,
    #[cfg(feature = "tls")]
    pub tls: Option<Arc<rustls::ClientConfig>>,
}

/// How an attempt or a connection ended.
#[derive(Debug, Default)]
pub(crate) struct End {
    pub text: String,
    pub code: Option<u16>,
    pub status: Option<u16>,
    pub lasted: Option<Duration>,
    pub retry_after: Option<Duration>,
    /// Whether this side has left a server that leaves, after a random time.
    pub left: bool,
    /// Whether this side gave the attempt up, because the server had not answered in time.
    pub late: bool,
}

/// Opens a WebSocket to one address (protocol section 3).
pub(crate) async fn dial(uri: &str, plan: &Plan, protocol: &'static str, limit: usize) -> Result<Socket, End> {
    let failed = |text: String| End { text, ..End::default() };
    let mut request =
        uri.into_client_request().map_err(|error| End { code: Some(PROTOCOL), ..failed(error.to_string()) })?;
    let token = match &plan.token {
        Token::None => None,
        Token::Fixed(token) => Some(token.clone()),
        Token::Supplier(supplier) => supplier().await,
    };
    let headers = request.headers_mut();
    headers.insert(HeaderName::from_static("sec-websocket-protocol"), HeaderValue::from_static(protocol));
    if let Some(token) = token {
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        let value = value.map_err(|_| End { status: Some(400), ..failed("the token is no header value".into()) })?;
        headers.insert(header::AUTHORIZATION, value);
    }
    let size = Some(limit + SPARE);
    let config = WebSocketConfig::default().max_message_size(size).max_frame_size(size).read_buffer_size(READ_BUFFER);
    match open(request, config, plan).await {
        Ok((socket, response)) if response.headers().get("sec-websocket-protocol").is_some_and(|p| p == protocol) => {
            Ok(socket)
        }
        Ok(_) => Err(End { code: Some(PROTOCOL), ..failed("the server has chosen no sub-protocol".into()) }),
        Err(Error::Http(response)) => {
            let status = response.status().as_u16();
            let after = response.headers().get(header::RETRY_AFTER);
            Err(End {
                status: Some(status),
                retry_after: after.and_then(|value| retry_after(value.to_str().ok()?, SystemTime::now())),
                ..failed(format!("the server answers with status {status}"))
            })
        }
        Err(Error::Protocol(error))
            if error.to_string().contains("ubprotocol") || error.to_string().contains("ub-protocol") =>
        {
            Err(End { code: Some(PROTOCOL), ..failed(format!("the server has chosen no sub-protocol: {error}")) })
        }
        Err(Error::Url(error)) => Err(End { code: Some(PROTOCOL), ..failed(error.to_string()) }),
        Err(error) => Err(failed(error.to_string())),
    }
}

#[cfg(feature = "tls")]
async fn open(request: Request, config: WebSocketConfig, plan: &Plan) -> Result<(Socket, Response), Error> {
    let tls = plan.tls.clone().unwrap_or_else(public_roots);
    let connector = Some(tokio_tungstenite::Connector::Rustls(tls));
    tokio_tungstenite::connect_async_tls_with_config(request, Some(config), true, connector).await
}

/// Settings that name their provider: an application may have several, and then none is the default.
#[cfg(feature = "tls")]
fn public_roots() -> Arc<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Arc::new(builder.expect("ring has these").with_root_certificates(roots).with_no_client_auth())
}

#[cfg(not(feature = "tls"))]
async fn open(request: Request, config: WebSocketConfig, _: &Plan) -> Result<(Socket, Response), Error> {
    tokio_tungstenite::connect_async_with_config(request, Some(config), true).await
}
