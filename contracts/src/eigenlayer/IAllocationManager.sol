// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// The part of EigenLayer's AllocationManager (v1.8.1) that is used here,
/// written from its ABI.

struct OperatorSet {
    address avs;
    uint32 id;
}

struct CreateSetParams {
    uint32 operatorSetId;
    address[] strategies;
}

struct RegisterParams {
    address avs;
    uint32[] operatorSetIds;
    bytes data;
}

struct DeregisterParams {
    address operator;
    address avs;
    uint32[] operatorSetIds;
}

struct AllocateParams {
    OperatorSet operatorSet;
    address[] strategies;
    uint64[] newMagnitudes;
}

struct SlashingParams {
    address operator;
    uint32 operatorSetId;
    address[] strategies;
    uint256[] wadsToSlash;
    string description;
}

struct Allocation {
    uint64 currentMagnitude;
    int128 pendingDiff;
    uint32 effectBlock;
}

interface IAllocationManager {
    event OperatorSlashed(
        address operator,
        OperatorSet operatorSet,
        address[] strategies,
        uint256[] wadSlashed,
        string description
    );

    error InvalidOperatorSet();
    error InvalidPermissions();

    function createOperatorSets(address avs, CreateSetParams[] calldata params) external;
    function updateAVSMetadataURI(address avs, string calldata metadataURI) external;
    function slashOperator(address avs, SlashingParams calldata params)
        external
        returns (uint256 slashId, uint256[] memory shares);

    function registerForOperatorSets(address operator, RegisterParams calldata params) external;
    function deregisterFromOperatorSets(DeregisterParams calldata params) external;
    function modifyAllocations(address operator, AllocateParams[] calldata params) external;

    function DEALLOCATION_DELAY() external view returns (uint32);
    function ALLOCATION_CONFIGURATION_DELAY() external view returns (uint32);
    function getAVSRegistrar(address avs) external view returns (address);
    function getOperatorSetCount(address avs) external view returns (uint256);
    function getStrategiesInOperatorSet(OperatorSet calldata set)
        external
        view
        returns (address[] memory);
    function isMemberOfOperatorSet(address operator, OperatorSet calldata set)
        external
        view
        returns (bool);
    function isOperatorSlashable(address operator, OperatorSet calldata set)
        external
        view
        returns (bool);
    function getMaxMagnitude(address operator, address strategy) external view returns (uint64);
    function getAllocation(address operator, OperatorSet calldata set, address strategy)
        external
        view
        returns (Allocation memory);
    function getSlashCount(OperatorSet calldata set) external view returns (uint256);
}
