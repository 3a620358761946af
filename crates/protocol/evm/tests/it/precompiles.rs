//! Precompiles of each fork, called from a contract (spec/execution 3.3).

use crate::support::{CONTRACT, Code, ETHER, Evaluated, Sandbox, TX_GAS_LIMIT};
use alloy_primitives::{Address, Bytes, U256, hex};
use revm::{context_interface::result::HaltReason, precompile::u64_to_address};
use rollup_chainspec::ScrollHardfork;
use rollup_evm::ScrollSpecId::{self, Archimedes, Bernoulli, EuclidV2, Feynman, Galileo};
use rstest::rstest;

const FORWARDED: u64 = 400_000;
const COLD: u64 = 2_600;
const WARM: u64 = 100;

/// A valid P-256 signature: hash, r, s, x, y.
const P256_SIGNATURE: [u8; 160] = hex!(
    "4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4da73bd4903f0ce3b639bbbf6e8e80d1"
    "6931ff4bcf5993d58468e8fb19086e8cac36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b"
    "1d604aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff37618b065f9832de4ca6ca971a7"
    "a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"
);
const SHA256_OF_EMPTY: U256 =
    U256::from_be_bytes(hex!("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));

/// Outcome of a CALL with [`FORWARDED`] gas.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    /// Gas includes the access to the account.
    Success { gas: u64, returned_bytes: u64, word: U256 },
    /// Nothing returned, all gas consumed.
    Failure,
}

fn call(fork: ScrollHardfork, address: u64, input: impl Into<Bytes>) -> Call {
    call_with_gas(fork, address, input, FORWARDED)
}

fn call_with_gas(
    fork: ScrollHardfork,
    address: u64,
    input: impl Into<Bytes>,
    forwarded: u64,
) -> Call {
    let mut sandbox = Sandbox::new(fork);
    let code = Code::probe_call(u64_to_address(address), forwarded, 0);
    sandbox.deploy(CONTRACT, code.into_bytes());
    let mut tx = sandbox.tx();
    tx.base.data = input.into();
    tx.base.gas_limit = 2_000_000;
    let outcome = sandbox.run(tx).unwrap();
    let (success, gas) = (outcome.word(0) == U256::ONE, outcome.word(2).to::<u64>());
    let (returned_bytes, word) = (outcome.word(1).to::<u64>(), outcome.word(3));
    if success {
        return Call::Success { gas, returned_bytes, word };
    }
    assert_eq!((gas, returned_bytes), (WARM + forwarded, 0), "a failure consumes all gas");
    Call::Failure
}

/// Success with one returned word.
fn returns(word: impl Into<U256>, gas: u64) -> Call {
    Call::Success { gas: WARM + gas, returned_bytes: 32, word: word.into() }
}

/// Success of a warm precompile that returns nothing.
const fn returns_nothing(gas: u64) -> Call {
    Call::Success { gas: WARM + gas, returned_bytes: 0, word: U256::ZERO }
}

/// Success of a call to an account that does not exist.
const EMPTY_ACCOUNT: Call = Call::Success { gas: COLD, returned_bytes: 0, word: U256::ZERO };

fn is_active(fork: ScrollHardfork, since: ScrollSpecId) -> bool {
    ScrollSpecId::from(fork).is_enabled_in(since)
}

#[test]
fn sha256_is_disabled_before_bernoulli() {
    for fork in ScrollHardfork::ALL {
        let expected =
            if is_active(fork, Bernoulli) { returns(SHA256_OF_EMPTY, 60) } else { Call::Failure };
        assert_eq!(call(fork, 2, []), expected, "{fork}");
    }
}

#[test]
fn ripemd_and_blake_are_always_disabled() {
    for fork in ScrollHardfork::ALL {
        for address in [3, 9] {
            // BLAKE2F with the size of a valid input, and without any.
            for input in [vec![0; 213], Vec::new()] {
                assert_eq!(call(fork, address, input), Call::Failure, "{fork} {address}");
            }
        }
    }
}

#[test]
fn the_rest_of_istanbul_is_unchanged() {
    for fork in ScrollHardfork::ALL {
        let word = U256::from(0x1234);
        let doubled_infinity =
            Call::Success { gas: WARM + 150, returned_bytes: 64, word: U256::ZERO };
        let multiplied_infinity =
            Call::Success { gas: WARM + 6_000, returned_bytes: 64, word: U256::ZERO };
        assert_eq!(call(fork, 1, [0; 128]), returns_nothing(3_000), "{fork}");
        assert_eq!(call(fork, 4, word.to_be_bytes::<32>()), returns(word, 18), "{fork}");
        assert_eq!(call(fork, 6, [0; 128]), doubled_infinity, "{fork}");
        assert_eq!(call(fork, 7, [0; 96]), multiplied_infinity, "{fork}");
    }
}

#[test]
fn kzg_and_bls_are_ordinary_accounts() {
    for fork in ScrollHardfork::ALL {
        for address in 0x0a..=0x12 {
            assert_eq!(call(fork, address, [0; 192]), EMPTY_ACCOUNT, "{fork} {address:#x}");
        }
    }
}

#[rstest]
#[case::none(0, Archimedes)]
#[case::one(1, Archimedes)]
#[case::four(4, Archimedes)]
#[case::five(5, Feynman)]
#[case::ten(10, Feynman)]
fn pairing_takes_four_pairs_before_feynman(#[case] pairs: usize, #[case] since: ScrollSpecId) {
    for fork in ScrollHardfork::ALL {
        let expected = if is_active(fork, since) {
            returns(U256::ONE, 45_000 + 34_000 * pairs as u64)
        } else {
            Call::Failure
        };
        // Points at infinity.
        assert_eq!(call(fork, 8, vec![0; pairs * 192]), expected, "{fork}");
    }
}

#[test]
fn pairing_limit_counts_bytes() {
    for fork in ScrollHardfork::ALL {
        // Not a whole number of pairs: fails by either rule.
        assert_eq!(call(fork, 8, [0; 769]), Call::Failure, "{fork}");
        assert_eq!(call(fork, 8, [0; 767]), Call::Failure, "{fork}");
    }
}

#[test]
fn p256_verify() {
    let mut wrong = P256_SIGNATURE;
    wrong[0] ^= 1;
    for fork in ScrollHardfork::ALL {
        let gas = if is_active(fork, Galileo) { 6_900 } else { 3_450 };
        for (input, valid) in
            [(P256_SIGNATURE.to_vec(), true), (wrong.to_vec(), false), (vec![], false)]
        {
            let expected = match (is_active(fork, EuclidV2), valid) {
                (false, _) => EMPTY_ACCOUNT,
                (true, true) => returns(U256::ONE, gas),
                (true, false) => returns_nothing(gas),
            };
            assert_eq!(call(fork, 0x100, input), expected, "{fork}");
        }
    }
}

#[test]
fn p256_verify_fails_only_without_gas() {
    for fork in ScrollHardfork::ALL.into_iter().filter(|fork| is_active(*fork, EuclidV2)) {
        let price = if is_active(fork, Galileo) { 6_900 } else { 3_450 };
        let with_gas = |gas| call_with_gas(fork, 0x100, P256_SIGNATURE, gas);
        assert_eq!(with_gas(price), returns(U256::ONE, price), "{fork}");
        assert_eq!(with_gas(price - 1), Call::Failure, "{fork}");
    }
}

/// Lengths of base, exponent and modulus, and their bytes: the base is 3, the exponent all ones,
/// the modulus 7.
fn modexp_input(base: usize, exponent: usize, modulus: usize) -> Vec<u8> {
    let number = |length: usize, value: u8| {
        let mut bytes = vec![0; length];
        if let Some(last) = bytes.last_mut() {
            *last = value;
        }
        bytes
    };
    let mut input = Vec::new();
    for length in [base, exponent, modulus] {
        input.extend(U256::from(length).to_be_bytes::<32>());
    }
    input.extend(number(base, 3));
    input.extend(vec![0xff; exponent]);
    input.extend(number(modulus, 7));
    input
}

#[rstest]
// Multiplication complexity times iterations, over 3 before Galileo; at least 200, then 500.
#[case::empty(modexp_input(0, 0, 0), 200, 500)]
#[case::small(modexp_input(1, 1, 1), 200, 500)]
#[case::at_the_limit(modexp_input(32, 32, 32), 16 * 255 / 3, 16 * 255)]
#[case::input_cut_short(modexp_input(32, 32, 32)[..97].to_vec(), 200, 500)]
fn modexp_within_32_bytes(#[case] input: Vec<u8>, #[case] berlin: u64, #[case] osaka: u64) {
    for fork in ScrollHardfork::ALL {
        let price = if is_active(fork, Galileo) { osaka } else { berlin };
        let Call::Success { gas, .. } = call(fork, 5, input.clone()) else {
            panic!("{fork} fails");
        };
        assert_eq!(gas, WARM + price, "{fork}");
    }
}

#[rstest]
#[case::base(modexp_input(33, 1, 1), 500, 1)]
#[case::exponent(modexp_input(1, 33, 1), 16 * (16 + 255), 1)]
#[case::modulus(modexp_input(1, 1, 33), 500, 33)]
#[case::base_limit(modexp_input(1024, 1, 1), 2 * 128 * 128 * 7, 1)]
#[case::modulus_limit(modexp_input(1, 1, 1024), 2 * 128 * 128 * 7, 1024)]
#[case::exponent_limit(modexp_input(1, 1024, 1), 16 * (992 * 16 + 255), 1)]
fn modexp_beyond_32_bytes_needs_galileo(
    #[case] input: Vec<u8>,
    #[case] price: u64,
    #[case] returned_bytes: u64,
) {
    for fork in ScrollHardfork::ALL {
        let result = call(fork, 5, input.clone());
        if !is_active(fork, Galileo) || price > FORWARDED {
            assert_eq!(result, Call::Failure, "{fork}");
            continue;
        }
        let Call::Success { gas, returned_bytes: bytes, .. } = result else {
            panic!("{fork} fails");
        };
        assert_eq!((gas, bytes), (WARM + price, returned_bytes), "{fork}");
    }
}

#[rstest]
#[case::base(modexp_input(1025, 0, 1))]
#[case::exponent(modexp_input(1, 1025, 1))]
#[case::modulus(modexp_input(1, 0, 1025))]
#[case::beyond_64_bits([&U256::MAX.to_be_bytes::<32>()[..], &[0; 64]].concat())]
fn modexp_beyond_1024_bytes_always_fails(#[case] input: Vec<u8>) {
    for fork in ScrollHardfork::ALL {
        assert_eq!(call(fork, 5, input.clone()), Call::Failure, "{fork}");
    }
}

#[test]
fn modexp_result_is_the_same_on_all_forks() {
    // 3^255 mod 7 = 6.
    for fork in ScrollHardfork::ALL {
        let Call::Success { word, returned_bytes, .. } = call(fork, 5, modexp_input(32, 1, 32))
        else {
            panic!("{fork} fails");
        };
        assert_eq!((word, returned_bytes), (U256::from(6), 32), "{fork}");
    }
}

#[test]
fn addresses_are_warm_exactly_where_the_set_has_them() {
    for fork in ScrollHardfork::ALL {
        for address in (1..=0x12).chain([0xff, 0x100, 0x101]) {
            let warm = match address {
                1..=9 => true,
                0x100 => is_active(fork, EuclidV2),
                _ => false,
            };
            let code = Code::new().balance_of(u64_to_address(address));
            let access = if warm { WARM } else { COLD };
            let expected = Evaluated::word(U256::ZERO, Code::PUSH_GAS + access);
            assert_eq!(Sandbox::new(fork).evaluate(code), expected, "{fork} {address:#x}");
        }
    }
}

#[test]
fn value_sent_to_a_disabled_precompile_stays() {
    for fork in ScrollHardfork::ALL {
        for address in [2, 3, 9].map(u64_to_address) {
            let works = address == u64_to_address(2) && is_active(fork, Bernoulli);
            let mut sandbox = Sandbox::new(fork);
            sandbox.deploy(CONTRACT, Code::probe_call(address, FORWARDED, 3).into_bytes());
            sandbox.fund(CONTRACT, U256::from(10));
            let tx = sandbox.tx();
            let outcome = sandbox.commit(tx).unwrap();
            assert!(outcome.is_success(), "the caller goes on");
            assert_eq!(outcome.word(0), U256::from(works), "{fork} {address}");
            assert_eq!(sandbox.balance(address), U256::from(if works { 3 } else { 0 }));
            assert_eq!(sandbox.balance(CONTRACT), U256::from(if works { 7 } else { 10 }));
            // Value transfer and new account; the stipend comes on top of the forwarded gas.
            let call = WARM + 9_000 + 25_000;
            let spent = if works { call + 60 - 2_300 } else { call + FORWARDED };
            assert_eq!(outcome.word(2), U256::from(spent), "{fork} {address}");
        }
    }
}

#[test]
fn a_transaction_to_a_disabled_precompile_is_included_as_failed() {
    for fork in ScrollHardfork::ALL {
        for address in [3, 9].map(u64_to_address) {
            let mut sandbox = Sandbox::new(fork);
            let mut tx = sandbox.tx();
            tx.base.kind = address.into();
            tx.base.value = U256::from(3);
            let outcome = sandbox.commit(tx).unwrap();
            assert!(
                matches!(
                    outcome.halt_reason(),
                    HaltReason::PrecompileError | HaltReason::PrecompileErrorWithContext(_)
                ),
                "{fork}"
            );
            assert_eq!(outcome.gas_used(), TX_GAS_LIMIT, "{fork}");
            assert_eq!(sandbox.balance(address), U256::ZERO, "{fork}");
            assert_eq!(sandbox.balance(crate::support::SENDER), ETHER, "{fork}");
            assert_eq!(sandbox.nonce(crate::support::SENDER), 1, "{fork}");
        }
    }
}

#[test]
fn value_sent_to_an_absent_precompile_arrives() {
    for fork in ScrollHardfork::ALL {
        let kzg: Address = u64_to_address(0x0a);
        let mut sandbox = Sandbox::new(fork);
        let mut tx = sandbox.tx();
        tx.base.kind = kzg.into();
        tx.base.value = U256::from(3);
        let outcome = sandbox.commit(tx).unwrap();
        assert!(outcome.is_success(), "{fork}");
        assert_eq!(outcome.gas_used(), 21_000, "{fork}");
        assert_eq!(sandbox.balance(kzg), U256::from(3), "{fork}");
    }
}
