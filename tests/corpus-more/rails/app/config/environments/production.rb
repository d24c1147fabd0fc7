Rails.application.configure do
  config.cache_classes = true
  config.eager_load = false
  config.consider_all_requests_local = false
  config.action_controller.perform_caching = true
  config.cache_store = :file_store, "tmp/cache"
  config.public_file_server.enabled = ENV["RAILS_SERVE_STATIC_FILES"].present?
  config.assets.js_compressor = :terser
  config.assets.compile = false
  config.active_storage.service = :local
  config.log_level = :info
  config.action_mailer.delivery_method = :test
  config.i18n.fallbacks = true
  config.logger = ActiveSupport::TaggedLogging.new(ActiveSupport::Logger.new($stdout)) if ENV["RAILS_LOG_TO_STDOUT"].present?
end
