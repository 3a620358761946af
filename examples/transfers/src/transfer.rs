//! What a transfer is.

use alloy_primitives::{Address, B256, Log, U256, b256};

/// First topic of the event `Transfer(address,address,uint256)`.
pub const TRANSFER_TOPIC: B256 =
    b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

/// A transfer of tokens, as the token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Contract of the token.
    pub token: Address,
    /// Whose tokens they were.
    pub sender: Address,
    /// Whose they are.
    pub recipient: Address,
    /// How many, in the smallest unit.
    pub amount: U256,
}

impl Transfer {
    /// `None` of a log of anything else, such as the transfer of an ERC-721 token, which has a topic
    /// more and no data.
    pub fn of(log: &Log) -> Option<Self> {
        let &[event, sender, recipient] = log.data.topics() else { return None };
        let amount: [u8; 32] = log.data.data[..].try_into().ok()?;
        if event != TRANSFER_TOPIC {
            return None;
        }
        Some(Self {
            token: log.address,
            sender: address(sender)?,
            recipient: address(recipient)?,
            amount: U256::from_be_bytes(amount),
        })
    }
}

/// An address in a topic, which has zeros in front.
fn address(topic: B256) -> Option<Address> {
    let address = Address::from_word(topic);
    (address.into_word() == topic).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Bytes, keccak256};

    const SENDER: Address = Address::repeat_byte(1);
    const RECIPIENT: Address = Address::repeat_byte(2);

    fn log(topics: Vec<B256>, data: Vec<u8>) -> Log {
        Log::new(Address::repeat_byte(9), topics, Bytes::from(data)).unwrap()
    }

    #[test]
    fn a_transfer_is_told_from_other_events() {
        assert_eq!(TRANSFER_TOPIC, keccak256("Transfer(address,address,uint256)"));
        let (from, to) = (SENDER.into_word(), RECIPIENT.into_word());
        let amount = U256::from(7).to_be_bytes_vec();
        let transfer = Transfer::of(&log(vec![TRANSFER_TOPIC, from, to], amount.clone()));
        let (token, amount_of) = (Address::repeat_byte(9), U256::from(7));
        let expected = Transfer { token, sender: SENDER, recipient: RECIPIENT, amount: amount_of };
        assert_eq!(transfer, Some(expected));
        let others = [
            log(vec![B256::repeat_byte(1), from, to], amount.clone()),
            log(vec![TRANSFER_TOPIC, from], amount.clone()),
            log(vec![TRANSFER_TOPIC, from, to, from], Vec::new()),
            log(vec![TRANSFER_TOPIC, from, to], amount[1..].to_vec()),
            log(vec![TRANSFER_TOPIC, B256::repeat_byte(1), to], amount),
            log(Vec::new(), Vec::new()),
        ];
        for other in &others {
            assert_eq!(Transfer::of(other), None, "{other:?}");
        }
    }
}
