# An application with AWS SDK for Ruby: asks for the credentials of each request as a client of it does.
# Arguments: once | loop SECONDS PAUSE_MS. Each answer is a line of JSON (test/sdk/support/sessions.ts).
require 'aws-sdk-core'
require 'json'

mode, seconds, pause_ms = ARGV
ends_at = Time.now + seconds.to_f
provider = nil

loop do
  asked = (Time.now.to_f * 1000).to_i
  answer =
    begin
      provider ||= Aws::STS::Client.new(region: ENV.fetch('AWS_REGION', 'eu-central-1')).config.credentials
      keys = provider&.credentials
      if keys.nil? || !keys.set?
        { error: 'NoCredentials: no provider of the chain had any' }
      else
        expires = provider.respond_to?(:expiration) && provider.expiration
        { id: keys.access_key_id, secret: keys.secret_access_key, token: keys.session_token,
          expires: expires ? expires.utc.strftime('%FT%TZ') : nil }
      end
    rescue StandardError => e
      { error: "#{e.class}: #{e.message}" }
    end
  puts JSON.generate(answer.merge(asked: asked))
  $stdout.flush
  sleep(pause_ms.to_f / 1000)
  break if mode != 'loop' || Time.now >= ends_at
end
