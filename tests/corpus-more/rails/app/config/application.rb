require_relative "boot"
require "rails/all"
Bundler.require(*Rails.groups)

module Harbour
  class Application < Rails::Application
    config.load_defaults 6.1
    config.time_zone = "Europe/Berlin"
    config.i18n.available_locales = [:en, :de, :ja]
    config.active_job.queue_adapter = :async
  end
end
