//! `wss` with a certificate of one's own.
#![cfg(feature = "tls")]

mod server;

use std::sync::Arc;
use std::time::Duration;

use agentsocket::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use agentsocket::rustls::{ClientConfig, RootCertStore, ServerConfig};
use agentsocket::{Agent, Codec};
use serde_json::{json, Value};
use server::{bind, failure, new, next, send, upgrade, welcome, LONG};
use tokio_rustls::TlsAcceptor;

#[tokio::test]
async fn a_certificate_of_ones_own_is_trusted_when_the_application_says_so() {
    let own = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let certificate = own.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, uri) = bind().await;
    let uri = uri.replace("ws://127.0.0.1", "wss://localhost");

    // Without it the handshake fails, and the error says why.
    let short = Duration::from_millis(500);
    let stranger = Agent::builder(&uri).open_timeout(LONG).max_wait(short);
    let stranger = stranger.backoff(short * 9, short * 9, short * 9).start().unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    assert!(acceptor.accept(socket).await.is_err());
    let error = failure(&stranger).await;
    assert!(error.text.to_lowercase().contains("certificate"), "{error}");
    drop(stranger);

    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let trust = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let agent = Agent::builder(&uri).codec(Codec::Json).open_timeout(LONG).tls(Arc::new(trust)).start().unwrap();
    let call = tokio::spawn(async move { agent.call("any").value::<Value>().await });
    let mut server = loop {
        // The first client may have tried once more.
        let (socket, _) = listener.accept().await.unwrap();
        if let Ok(socket) = acceptor.accept(socket).await {
            break upgrade(socket).await;
        }
    };
    welcome(&mut server, new()).await;
    next(&mut server).await;
    send(&mut server, &[0x49, 1], "1").await;
    assert_eq!(call.await.unwrap(), Ok(json!(1)));
}
