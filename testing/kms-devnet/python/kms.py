"""AWS KMS on this machine, by moto, as far as AWS signs with keys of elliptic curves.

Writes the address that it listens on to standard output, and ends when standard input does. What
moto 5.2.5 does otherwise than AWS is mended here:

- a digest (MessageType DIGEST) is signed as it is, not hashed again;
- a key that is disabled, or to be deleted, does nothing;
- a symmetric key has no public key;
- GetPublicKey says the key spec by both its names, and the ARN of the key.
"""

import base64
import json
import os
import sys
import threading

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from moto.core.exceptions import JsonRESTError
from moto.kms.responses import KmsResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


def check_state(key):
    if key.key_state == "Disabled":
        raise JsonRESTError("DisabledException", f"{key.arn} is disabled.")
    if key.key_state != "Enabled":
        raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")


def find(backend, key_id):
    alias = backend.get_alias_name(key_id)
    name = backend.get_key_id_from_alias(alias) or backend.get_key_id(key_id)
    if name not in backend.keys:
        raise JsonRESTError("NotFoundException", f"Invalid keyId '{key_id}'")
    key = backend.keys[name]
    check_state(key)
    return key


def sign(response):
    parameter = response._get_param
    key = find(response.kms_backend, parameter("KeyId"))
    algorithm = parameter("SigningAlgorithm")
    if key.key_usage != "SIGN_VERIFY" or algorithm not in key.signing_algorithms:
        message = f"Algorithm {algorithm} is incompatible with key spec {key.key_spec}."
        raise JsonRESTError("InvalidKeyUsageException", message)
    message = parameter("Message")
    algorithm_of_hash = hashes.SHA256()
    if parameter("MessageType") == "DIGEST":
        if len(message) != algorithm_of_hash.digest_size:
            raise JsonRESTError("ValidationException", "Digest is invalid length for algorithm.")
        algorithm_of_hash = utils.Prehashed(algorithm_of_hash)
    signature = key.private_key.private_key.sign(message, ec.ECDSA(algorithm_of_hash))
    answer = {"KeyId": key.arn, "Signature": base64.b64encode(signature).decode()}
    return json.dumps({**answer, "SigningAlgorithm": algorithm})


moto_get_public_key = KmsResponse.get_public_key


def get_public_key(response):
    key = find(response.kms_backend, response._get_param("KeyId"))
    if key.key_spec == "SYMMETRIC_DEFAULT":
        message = f"{key.arn} is not an asymmetric key."
        raise JsonRESTError("UnsupportedOperationException", message)
    answer = json.loads(moto_get_public_key(response))
    return json.dumps({**answer, "KeyId": key.arn, "KeySpec": key.key_spec})


class Handler(WSGIRequestHandler):
    """Writes no log."""

    def log(self, *_):
        pass


def end_with_standard_input():
    sys.stdin.read()
    os._exit(0)


def main():
    KmsResponse.sign = sign
    KmsResponse.get_public_key = get_public_key
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler)
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    print(f"{server.host}:{server.port}", flush=True)
    server.serve_forever()


main()
