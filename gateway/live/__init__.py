"""`earmark demo live`: a day of the demo company, played through the public API by those who live in it."""

from gateway.live.http import GatewayUnreachable, HttpGateway
from gateway.live.known import NotTheDemo
from gateway.live.player import Figures, Play, play

__all__ = ["Figures", "GatewayUnreachable", "HttpGateway", "NotTheDemo", "Play", "play"]
