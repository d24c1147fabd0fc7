class CountJob < ActiveJob::Base
  def perform
    Rails.logger.info("counted #{Ship.count}")
  end
end
