//! The commands' part of the OpenAPI document.

use std::collections::BTreeSet;

#[test]
fn every_command_is_named_and_says_what_it_takes() {
    let document = serde_json::to_value(command_api::document()).unwrap();
    let mut names = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            // tus asks and answers on addresses of its own.
            let is_command = matches!(method.as_str(), "post" | "put" | "patch" | "delete");
            assert!(is_command || path.starts_with("/v1/uploads"), "{method} {path}");
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{method} {path}");
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
            if !is_command {
                continue;
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("422"), "{method} {path}");
            for (status, response) in responses.iter().filter(|(status, _)| status.starts_with('2')) {
                let headers = &response["headers"];
                // A signal is relayed, and is no event.
                let is_event = operation["operationId"] != "SendSignal";
                assert_eq!(headers["Event-Position"].is_object(), is_event, "{method} {path}");
                assert_eq!(headers["Location"].is_object(), status == "201", "{method} {path}");
            }
        }
    }
    let expected = [
        "AcceptInvite",
        "AddMember",
        "AddReaction",
        "AgreeOnAuditor",
        "AppendUpload",
        "ArchiveRoom",
        "BanMember",
        "BlockUser",
        "ChangeEmail",
        "ChangePassword",
        "ChangeRole",
        "CloseRoom",
        "CreateInvite",
        "CreateRoom",
        "CreateUpload",
        "DefineRole",
        "DeleteFile",
        "DeleteMessage",
        "DeleteRole",
        "DescribeUploads",
        "EditMessage",
        "EndCall",
        "EndUpload",
        "EraseUser",
        "ForwardMessage",
        "GetUpload",
        "GrantAdmin",
        "GrantFileAccess",
        "GrantFileAccessToRoom",
        "JoinCall",
        "JoinRoom",
        "LeaveCall",
        "LeaveRoom",
        "LiftHold",
        "MarkRead",
        "PinMessage",
        "PlaceHold",
        "RegisterUser",
        "ReinstateUser",
        "RemoveMember",
        "RemoveReaction",
        "RequestPasswordReset",
        "ResetPassword",
        "RevokeAdmin",
        "RevokeAuditor",
        "RevokeCurrentSession",
        "RevokeFileAccess",
        "RevokeFileAccessOfRoom",
        "RevokeInvite",
        "RevokeOtherSessions",
        "RevokeSession",
        "SendMessage",
        "SendSignal",
        "StartCall",
        "StartSession",
        "SuspendUser",
        "TransferOwnership",
        "TunnelUpload",
        "UnarchiveRoom",
        "UnbanMember",
        "UnblockUser",
        "UnpinMessage",
        "UpdateMembership",
        "UpdateProfile",
        "UpdateRoom",
        "UpdateSettings",
        "UploadFile",
        "VerifyEmail",
    ];
    assert_eq!(names, expected.map(str::to_owned).into());
}
