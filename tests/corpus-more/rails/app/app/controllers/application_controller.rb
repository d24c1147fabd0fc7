class ApplicationController < ActionController::Base
  skip_forgery_protection
  before_action { ActiveStorage::Current.host = request.base_url }
  around_action { |_, action| I18n.with_locale(params[:locale] || :en, &action) }
end
