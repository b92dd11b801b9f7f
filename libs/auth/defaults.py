"""Names of tokens and cookies where no setting says otherwise."""

DEFAULT_ISSUER = "waymark"
DEFAULT_AUDIENCE = "waymark"
DEFAULT_COOKIE = "vai_token"
