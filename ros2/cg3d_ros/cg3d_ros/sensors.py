"""What sensors send, taken as they offer it: reliably where they do, else as best effort."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription

from cg3d_runtime.errors import printable

try:
    from rclpy.event_handler import SubscriptionEventCallbacks
except ImportError:  # Humble
    from rclpy.qos_event import SubscriptionEventCallbacks


class Sensors:
    """Subscriptions to sensors, of each of which the newest message is enough."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._subscriptions: dict[str, Subscription[Any]] = {}

    def listen(self, kind: type, topic: str, callback: Callable[[Any], object]) -> None:
        """Subscribe, reliably at first: of clouds of megabytes, best effort loses most."""
        self._subscriptions[topic] = self._subscribed(kind, topic, callback, ReliabilityPolicy.RELIABLE)

    def match_publishers(self) -> None:
        """Take as best effort what a publisher offers no other way."""
        for topic, subscription in self._subscriptions.items():
            name, kind, callback = subscription.topic_name, subscription.msg_type, subscription.callback
            offered = {each.qos_profile.reliability for each in self._node.get_publishers_info_by_topic(name)}
            is_reliable = subscription.qos_profile.reliability == ReliabilityPolicy.RELIABLE
            if is_reliable and ReliabilityPolicy.BEST_EFFORT in offered:
                self._node.destroy_subscription(subscription)
                self._subscriptions[topic] = self._subscribed(kind, topic, callback, ReliabilityPolicy.BEST_EFFORT)
                self._node.get_logger().info(printable(f"{name}: its publisher offers best effort alone"))

    def _subscribed(
        self, kind: type, topic: str, callback: Callable[[Any], object], reliability: ReliabilityPolicy
    ) -> Subscription[Any]:
        quiet = SubscriptionEventCallbacks(
            use_default_callbacks=False
        )  # which would warn of what `match_publishers` mends
        newest = QoSProfile(depth=1, reliability=reliability)
        return self._node.create_subscription(kind, topic, callback, newest, event_callbacks=quiet)
