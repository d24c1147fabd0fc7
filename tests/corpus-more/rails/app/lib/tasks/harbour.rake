namespace :harbour do
  desc "Count the ships"
  task count: :environment do
    puts "#{Ship.count} ships"
  end
end
