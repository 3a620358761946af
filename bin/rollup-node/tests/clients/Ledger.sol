// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// What the clients deploy: state, events with topics, every way to fail, and calls from contract to contract.
contract Ledger {
    event Stored(address indexed sender, uint256 indexed key, uint256 value, string note);

    error Refused(address sender, uint256 key);

    address public owner;
    uint256 public count;
    mapping(uint256 => uint256) public values;

    constructor() payable {
        owner = msg.sender;
    }

    receive() external payable {}

    function store(uint256 key, uint256 value, string calldata note) external {
        values[key] = value;
        count += 1;
        emit Stored(msg.sender, key, value, note);
    }

    /// As `store`, by a call of this contract to itself.
    function storeThroughCall(uint256 key, uint256 value) external {
        this.store(key, value, "through a call");
    }

    function pay(address payable to, uint256 amount) external {
        (bool sent, ) = to.call{value: amount}("");
        require(sent, "not sent");
    }

    function require_(bool holds) external pure returns (bool) {
        require(holds, "it does not hold");
        return holds;
    }

    function refuse(uint256 key) external view {
        revert Refused(msg.sender, key);
    }

    function divide(uint256 by) external pure returns (uint256) {
        return 1 / by;
    }
}
