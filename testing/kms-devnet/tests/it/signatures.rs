//! What the keys sign.

use crate::world::World;
use alloy_primitives::{B256, keccak256};
use aws_sdk_kms::{
    Client,
    primitives::Blob,
    types::{MessageType, SigningAlgorithmSpec},
};
use rollup_kms_devnet::KeyKind;
use rollup_primitives::{BlockSignature, ScrollHeader, block_signing_hash};
use rollup_signer::{BlockSigner, SignerKind};
use serde_json::json;

/// Whether the second number of a signature in DER begins with a bit that is set: then it has a zero
/// before it.
fn has_high_s(der: &[u8]) -> bool {
    let length_of_r = usize::from(der[3]);
    der[6 + length_of_r] == 0
}

#[tokio::test]
async fn every_digest_is_signed_as_it_is_with_a_low_s() {
    let world = World::start().await;
    let signer = world.open(&world.key).await.unwrap();
    assert_eq!(signer.kind(), SignerKind::AwsKms);
    let service = Client::new(&world.settings());
    let mut high = 0;
    for number in 0_u64..64 {
        let digest = keccak256(number.to_be_bytes());
        let signature = signer.sign(digest).await.unwrap();
        assert_eq!(signature.normalize_s(), None);
        let by = signature.recover_address_from_prehash(&digest).unwrap();
        assert_eq!(by, signer.address());

        // What the service gives for the same digest.
        let request = service.sign().key_id(&world.key).message(Blob::new(digest.as_slice()));
        let request = request.message_type(MessageType::Digest);
        let answer = request.signing_algorithm(SigningAlgorithmSpec::EcdsaSha256).send().await;
        high += u32::from(has_high_s(answer.unwrap().signature().unwrap().as_ref()));
    }
    assert!((10..=54).contains(&high), "{high} of 64 signatures of the service have a high s");
}

#[tokio::test]
async fn a_block_is_signed_by_the_address_that_the_key_has() {
    let world = World::start().await;
    let signer = world.open(&world.key).await.unwrap();
    let header = ScrollHeader { number: 7, ..ScrollHeader::default() };
    let signature = signer.sign(block_signing_hash(&header)).await.unwrap();
    let by = BlockSignature::new(signature).recover_signer(&header).unwrap();
    assert_eq!(by, signer.address());
    assert_eq!(world.front.operations(), ["GetPublicKey", "Sign", "Sign"]);
}

#[tokio::test]
async fn a_key_is_named_by_arn_id_or_alias() {
    let world = World::start().await;
    let id = world.key.rsplit('/').next().unwrap();
    let alias = json!({ "AliasName": "alias/sequencer", "TargetKeyId": id });
    world.moto.call("CreateAlias", &alias).await.unwrap();
    let alias_arn = world.key.replace(&format!("key/{id}"), "alias/sequencer");
    let address = world.open(&world.key).await.unwrap().address();
    for name in [id, "alias/sequencer", &alias_arn] {
        assert_eq!(world.open(name).await.unwrap().address(), address, "{name}");
    }
}

#[tokio::test]
async fn a_signature_by_the_key_that_an_alias_was_moved_to_is_not_given_out() {
    let world = World::start().await;
    let other = world.moto.create_key(KeyKind::Secp256k1).await.unwrap();
    let id = |key: &str| key.rsplit('/').next().unwrap().to_owned();
    let alias = |key| json!({ "AliasName": "alias/sequencer", "TargetKeyId": id(key) });
    world.moto.call("CreateAlias", &alias(&world.key)).await.unwrap();
    let signer = world.open("alias/sequencer").await.unwrap();
    let address = signer.address();
    world.moto.call("UpdateAlias", &alias(&other)).await.unwrap();
    let err = signer.sign(B256::ZERO).await.unwrap_err();
    let expected = format!(
        "the signer refuses: the signature is not by {address}; if the alias was moved to another \
         key, start again to use that key"
    );
    assert_eq!(crate::world::sentence(&err), expected);
}
