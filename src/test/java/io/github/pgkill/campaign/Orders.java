package io.github.pgkill.campaign;

import static io.github.pgkill.campaign.World.oneOf;

import io.github.pgkill.testing.TestServer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Thinks of what a build might be told to do. */
final class Orders {

  private final Random random;

  Orders(Random random) {
    this.random = random;
  }

  /**
   * Something with that database, as somebody who may.
   *
   * @param serious only what drops it or closes it
   */
  Order next(String database, String owner, boolean serious) {
    Map<String, String> properties = new TreeMap<>();
    properties.put("database", database);
    properties.put("user", user(owner));
    properties.put("timeout", random.nextInt(4) == 0 ? "2s" : "12s");
    if (random.nextInt(25) == 0) {
      properties.put("dryRun", "true");
    }
    List<String> goals = goals(properties, random.nextInt(serious ? 78 : 100));
    return new Order(goals, properties);
  }

  private String user(String owner) {
    int kind = random.nextInt(10);
    return kind < 6 ? TestServer.SUPERUSER : kind < 8 ? owner : World.MEMBER;
  }

  private List<String> goals(Map<String, String> properties, int kind) {
    if (kind < 25) {
      closing(properties, true);
      return List.of("terminate");
    }
    if (kind < 45) {
      return closed(properties);
    }
    if (kind < 60) {
      return List.of(Order.DROP);
    }
    if (kind < 78) {
      return List.of(Order.RECREATE);
    }
    if (kind < 86) {
      filter(properties);
      return List.of("terminate-sessions");
    }
    if (kind < 92) {
      filter(properties);
      return List.of("kill-processes");
    }
    if (kind < 95) {
      properties.put("database", "*");
      return List.of("restore-connect");
    }
    if (kind < 98) {
      properties.put("intent", oneOf(random, "drop", "clean", "alter", "template", "restart"));
      return List.of("diagnose");
    }
    return List.of("list-sessions");
  }

  /** Goals of one build that share a lockout. */
  private List<String> closed(Map<String, String> properties) {
    closing(properties, false);
    int kind = random.nextInt(10);
    if (kind < 3) {
      return List.of("revoke-connect", "restore-connect");
    }
    if (kind < 5) {
      return List.of("revoke-connect");
    }
    if (kind < 7) {
      return List.of("revoke-connect", "terminate-sessions", "restore-connect");
    }
    if (kind < 8) {
      return List.of("revoke-connect", "diagnose", "list-sessions");
    }
    return List.of("revoke-connect", kind < 9 ? Order.RECREATE : Order.DROP);
  }

  private void closing(Map<String, String> properties, boolean atOnce) {
    String way = oneOf(random, "auto", "revoke", "revoke", "connection-limit", "allow-connections");
    properties.put("closeWith", way);
    int when = random.nextInt(8);
    if (when == 0) {
      properties.put("reopen", "never");
    } else if (when < 4 || !atOnce) {
      properties.put("reopen", "build-end");
    }
    if (random.nextInt(3) == 0) {
      properties.put("admitRoles", oneOf(random, "user_1", "user_2,user_3"));
    }
    if (random.nextInt(6) == 0) {
      properties.put("revokeFrom", oneOf(random, "public", "user_1,public"));
    }
  }

  private void filter(Map<String, String> properties) {
    if (random.nextBoolean()) {
      properties.put("applicationNames", "stubborn");
    }
  }
}
