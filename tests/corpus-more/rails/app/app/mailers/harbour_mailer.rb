class HarbourMailer < ActionMailer::Base
  default from: "harbour@harbour.test"
  layout "mailer"
  def arrival(ship)
    @ship = ship
    mail(to: "crew@harbour.test", subject: "#{ship.name} arrives")
  end
end
