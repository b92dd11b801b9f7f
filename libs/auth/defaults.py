"""What tokens and cookies are called where no setting says otherwise."""

DEFAULT_ISSUER = "waymark"
DEFAULT_AUDIENCE = "waymark"
DEFAULT_COOKIE = "vai_token"
