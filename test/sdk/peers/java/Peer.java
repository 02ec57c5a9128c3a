import java.time.Instant;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;

/**
 * An application with AWS SDK for Java v2: asks for the credentials of each request as a client of it does.
 * Arguments: once | loop SECONDS PAUSE_MS. Each answer is a line of JSON (test/sdk/support/sessions.ts).
 */
public final class Peer {
  public static void main(String[] args) throws InterruptedException {
    boolean loops = args[0].equals("loop");
    long endsAt = System.currentTimeMillis() + (args.length > 1 ? (long) (Double.parseDouble(args[1]) * 1000) : 0);
    long pauseMs = args.length > 2 ? Long.parseLong(args[2]) : 0;
    try (DefaultCredentialsProvider provider = DefaultCredentialsProvider.builder().build()) {
      do {
        long asked = System.currentTimeMillis();
        System.out.println("{" + ask(provider) + ",\"asked\":" + asked + "}");
        Thread.sleep(pauseMs);
      } while (loops && System.currentTimeMillis() < endsAt);
    }
  }

  private static String ask(DefaultCredentialsProvider provider) {
    try {
      AwsSessionCredentials keys = (AwsSessionCredentials) provider.resolveCredentials();
      return field("id", keys.accessKeyId())
          + "," + field("secret", keys.secretAccessKey())
          + "," + field("token", keys.sessionToken())
          + "," + field("expires", keys.expirationTime().map(Instant::toString).orElse(""));
    } catch (RuntimeException error) {
      return field("error", error.getMessage());
    }
  }

  private static String field(String name, String value) {
    StringBuilder text = new StringBuilder("\"" + name + "\":\"");
    for (char c : String.valueOf(value).toCharArray()) {
      if (c == '"' || c == '\\') text.append('\\').append(c);
      else if (c < ' ') text.append(' ');
      else text.append(c);
    }
    return text.append('"').toString();
  }
}
