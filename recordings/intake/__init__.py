"""Phone systems that deliver by their own webhooks: one small module each, behind `recordings.intake.port.Adapter`."""

from recordings.intake import (
    amazon_connect,
    asterisk,
    freeswitch,
    genesys_cloud,
    plivo,
    siprec,
    telnyx,
    twilio,
    vcon,
    vonage,
    zoom_phone,
)
from recordings.intake.port import Adapter, as_adapter

ADAPTERS: dict[str, Adapter] = {
    module.__name__.rpartition(".")[2]: as_adapter(module)
    for module in (
        amazon_connect,
        asterisk,
        freeswitch,
        genesys_cloud,
        plivo,
        siprec,
        telnyx,
        twilio,
        vcon,
        vonage,
        zoom_phone,
    )
}
