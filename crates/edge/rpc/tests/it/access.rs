//! Who is let in by a token.

use crate::support::{NOW, config, post, refused, request, start_at, ws_call, ws_with};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rollup_rpc::{AdminConfig, JwtSecret, JwtSecretError, RpcConfig};
use rollup_runtime::SimulatedClock;
use serde_json::{Value, json};
use std::{fs, net::SocketAddr, time::Duration};

const SECRET: [u8; 32] = [7; 32];

fn signed(secret: [u8; 32], algorithm: Algorithm, claims: &Value) -> String {
    let key = EncodingKey::from_secret(&secret);
    format!("Bearer {}", encode(&Header::new(algorithm), claims, &key).unwrap())
}

fn token(iat: u64) -> String {
    signed(SECRET, Algorithm::HS256, &json!({ "iat": iat }))
}

fn secured() -> RpcConfig {
    RpcConfig { jwt_secret: Some(JwtSecret::new(SECRET)), ..config() }
}

async fn status(addr: SocketAddr, token: Option<&str>) -> (u16, String) {
    let mut request = post(addr, request("net_version", &json!([])).to_string());
    if let Some(token) = token {
        request = request.header("authorization", token);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_fresh_token_lets_in_and_an_old_one_does_not() {
    let clock = SimulatedClock::new(NOW);
    let servers = start_at(secured(), &clock).await;
    let (http, ws) = (servers.http_addr().unwrap(), servers.ws_addr().unwrap());
    let fresh = token(NOW.as_secs());
    assert_eq!(status(http, Some(&fresh)).await.0, 200);
    let mut open = ws_with(ws, &[("authorization", &fresh)]).await.unwrap();

    clock.advance(Duration::from_secs(60));
    assert_eq!(status(http, Some(&fresh)).await.0, 200);
    clock.advance(Duration::from_secs(1));
    let (code, text) = status(http, Some(&fresh)).await;
    assert_eq!(code, 401);
    assert!(text.contains("issued-at"), "{text}");
    assert_eq!(refused(ws_with(ws, &[("authorization", &fresh)]).await), 401);
    // It is the opening that is signed.
    assert_eq!(ws_call(&mut open, "net_version", json!([])).await["result"], "1337");
}

#[tokio::test]
async fn other_tokens_do_not_let_in() {
    let servers = start_at(secured(), &SimulatedClock::new(NOW)).await;
    let now = NOW.as_secs();
    let iat = json!({ "iat": now });
    let tokens = [
        token(now - 61),
        token(now + 61),
        signed([8; 32], Algorithm::HS256, &iat),
        signed(SECRET, Algorithm::HS512, &iat),
        signed(SECRET, Algorithm::HS256, &json!({})),
        signed(SECRET, Algorithm::HS256, &json!({ "iat": now, "exp": now - 1 })),
        // The algorithm `none`, and no signature.
        "Bearer eyJhbGciOiJub25lIn0.eyJpYXQiOjE4MDAwMDAwMDB9.".to_owned(),
        "Bearer nonsense".to_owned(),
        token(now).replacen("Bearer ", "Basic ", 1),
    ];
    for token in &tokens {
        let (code, text) = status(servers.http_addr().unwrap(), Some(token)).await;
        assert_eq!(code, 401, "{token}: {text}");
        let opened = ws_with(servers.ws_addr().unwrap(), &[("authorization", token)]).await;
        assert_eq!(refused(opened), 401, "{token}");
    }
    let missing = status(servers.http_addr().unwrap(), None).await;
    assert_eq!(missing, (401, "authorization header is missing".to_owned()));
    let expires_later = signed(SECRET, Algorithm::HS256, &json!({ "iat": now, "exp": now + 1 }));
    assert_eq!(status(servers.http_addr().unwrap(), Some(&expires_later)).await.0, 200);
}

#[tokio::test]
async fn the_admin_server_has_a_secret_of_its_own() {
    let admin_secret = [9; 32];
    let addr = SocketAddr::from(([127, 0, 0, 1], 0));
    let admin = AdminConfig { addr, jwt_secret: Some(JwtSecret::new(admin_secret)) };
    let config = RpcConfig { admin: Some(admin), ..secured() };
    let servers = start_at(config, &SimulatedClock::new(NOW)).await;
    let admin = servers.admin_addr().unwrap();
    assert_eq!(status(admin, Some(&token(NOW.as_secs()))).await.0, 401);
    let own = signed(admin_secret, Algorithm::HS256, &json!({ "iat": NOW.as_secs() }));
    assert_eq!(status(admin, Some(&own)).await.0, 200);
}

#[test]
fn a_secret_is_read_from_a_file_and_kept_from_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("jwt.hex");
    let text = "07".repeat(32);
    fs::write(&path, format!("0x{text}\n")).unwrap();
    let secret = JwtSecret::read(&path).unwrap();
    assert_eq!(secret, JwtSecret::new(SECRET));
    assert!(!format!("{secret:?}").contains("07"));

    fs::write(&path, "0707").unwrap();
    let err = JwtSecret::read(&path).unwrap_err();
    assert!(err.to_string().contains(path.to_str().unwrap()));
    let missing = directory.path().join("none");
    assert!(matches!(JwtSecret::read(&missing), Err(JwtSecretError::File { .. })));
    assert!(matches!("zz".parse::<JwtSecret>(), Err(JwtSecretError::Hex(_))));
    assert!(matches!("0707".parse::<JwtSecret>(), Err(JwtSecretError::Length { actual: 2 })));
}
