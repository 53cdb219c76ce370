"""The regions that providers name, and rate cards to begin with: list prices with their source and date.

Foundations add versions and cards of their own; what is there already is left as it is.
"""

from datetime import date
from decimal import Decimal

from django.db import migrations

# By provider: name in its statistics, words for people, all regions together.
REGIONS = {
    'fastly': [
        ('africa_std', 'Africa', False),
        ('anzac', 'Australia and New Zealand', False),
        ('asia', 'Asia', False),
        ('asia_india', 'India', False),
        ('asia_southkorea', 'South Korea', False),
        ('europe', 'Europe', False),
        ('latam', 'Latin America', False),
        ('mexico', 'Mexico', False),
        ('southamerica_std', 'South America', False),
        ('usa', 'North America', False),
        ('all', 'All regions', True),
    ],
    'cloudfront': [
        ('AP', 'Asia Pacific', False),
        ('AU', 'Australia', False),
        ('CA', 'Canada', False),
        ('EU', 'Europe', False),
        ('IN', 'India', False),
        ('JP', 'Japan', False),
        ('ME', 'Middle East', False),
        ('SA', 'South America', False),
        ('US', 'United States', False),
        ('ZA', 'South Africa', False),
    ],
    'cloudflare': [
        ('all', 'All regions', True),
    ],
    'bunny': [
        ('eu_na', 'Europe and North America', False),
        ('asia_oceania', 'Asia and Oceania', False),
        ('south_america', 'South America', False),
        ('me_africa', 'Middle East and Africa', False),
        ('all', 'All regions', True),
    ],
    'other': [
        ('global', 'All regions', True),
    ],
}


def open_tier(rate):
    return [(None, rate, True)]


def fastly(first, second):
    """Two published slabs; above them the second is extrapolated."""
    return [('10000', first, True), ('20000', second, True), (None, second, False)]


def cloudfront(*rates):
    bounds = ['10240', '51200', '153600', '512000', '1048576', '5242880', None]
    return [(up_to, rate, True) for up_to, rate in zip(bounds, rates, strict=True)]


US, EU, ME, SA, JP, AU, AP, IN = 'US,MX,CA', 'EU,IL,TR', 'ZA,KE,NG,ME', 'SA', 'JP', 'AU,NZ', 'AP', 'IN'

CARDS = [
    {
        'card': {'name': 'Fastly list', 'slug': 'fastly-list', 'provider': 'fastly', 'currency': 'USD'},
        'version': {
            'gigabyte': 1_000_000_000,
            'request_unit': 10_000,
            'monthly_minimum': Decimal('50'),
            'source': "Fastly's public price list, transcribed",
            'as_of': '2020-05-13',
            'confidence': 'medium',
            'notes': (
                'The ends of the slabs, at 10 TB and 20 TB, are from memory. Above 20 TB no public price exists: '
                'the last slab goes on at the price of the one before and is marked as not published. India and '
                'South Korea are of low confidence: their bandwidth is inferred, and requests there are priced as '
                'in Asia.'
            ),
        },
        # Region of the card: tiers of bandwidth, and the rate of requests.
        'prices': {
            'usa': (fastly('0.12', '0.08'), '0.0075'),
            'europe': (fastly('0.12', '0.08'), '0.0090'),
            'asia': (fastly('0.19', '0.14'), '0.0090'),
            'anzac': (fastly('0.19', '0.14'), '0.0090'),
            'latam': (fastly('0.28', '0.24'), '0.0160'),
            'south_africa': (fastly('0.28', '0.24'), '0.0160'),
            'india_korea': (fastly('0.28', '0.24'), '0.0090'),
        },
        # Provider: the region of the card for each of its regions.
        'mappings': {
            'fastly': {
                'africa_std': 'south_africa',
                'anzac': 'anzac',
                'asia': 'asia',
                'asia_india': 'india_korea',
                'asia_southkorea': 'india_korea',
                'europe': 'europe',
                'latam': 'latam',
                'mexico': 'latam',
                'southamerica_std': 'latam',
                'usa': 'usa',
                'all': 'usa',
            },
            'cloudfront': {
                'AP': 'asia',
                'AU': 'anzac',
                'CA': 'usa',
                'EU': 'europe',
                'IN': 'india_korea',
                'JP': 'asia',
                'ME': 'asia',
                'SA': 'latam',
                'US': 'usa',
                'ZA': 'south_africa',
            },
            'cloudflare': {'all': 'usa'},
            'bunny': {
                'eu_na': 'usa',
                'asia_oceania': 'asia',
                'south_america': 'latam',
                'me_africa': 'south_africa',
                'all': 'usa',
            },
            'other': {'global': 'usa'},
        },
    },
    {
        'card': {
            'name': 'CloudFront list',
            'slug': 'cloudfront-list',
            'provider': 'cloudfront',
            'currency': 'USD',
        },
        'version': {
            'gigabyte': 1_073_741_824,
            'request_unit': 10_000,
            'free_gigabytes': Decimal('1024'),
            'free_requests': 10_000_000,
            'source': 'aws.amazon.com/cloudfront/pricing',
            'as_of': 'Undated snapshot of 2024 or 2025, before flat-rate plans',
            'confidence': 'medium',
            'notes': (
                'Requests are priced as HTTPS. A gigabyte is 2^30 bytes, so a slab of 10 TB ends at 10,240 GB. The '
                'slabs are counted in each region by itself.'
            ),
        },
        'prices': {
            US: (cloudfront('0.085', '0.080', '0.060', '0.040', '0.030', '0.025', '0.020'), '0.0100'),
            EU: (cloudfront('0.085', '0.080', '0.060', '0.040', '0.030', '0.025', '0.020'), '0.0120'),
            ME: (cloudfront('0.110', '0.105', '0.090', '0.080', '0.060', '0.050', '0.040'), '0.0120'),
            SA: (cloudfront('0.110', '0.105', '0.090', '0.080', '0.060', '0.050', '0.040'), '0.0220'),
            JP: (cloudfront('0.114', '0.089', '0.086', '0.084', '0.080', '0.070', '0.060'), '0.0120'),
            AU: (cloudfront('0.114', '0.098', '0.094', '0.092', '0.090', '0.085', '0.080'), '0.0125'),
            AP: (cloudfront('0.120', '0.100', '0.095', '0.090', '0.080', '0.070', '0.060'), '0.0120'),
            IN: (cloudfront('0.109', '0.085', '0.082', '0.080', '0.078', '0.075', '0.072'), '0.0120'),
        },
        'mappings': {
            'fastly': {
                'africa_std': ME,
                'anzac': AU,
                'asia': AP,
                'asia_india': IN,
                'asia_southkorea': AP,
                'europe': EU,
                'latam': SA,
                'mexico': US,
                'southamerica_std': SA,
                'usa': US,
                'all': US,
            },
            'cloudfront': {
                'AP': AP,
                'AU': AU,
                'CA': US,
                'EU': EU,
                'IN': IN,
                'JP': JP,
                'ME': ME,
                'SA': SA,
                'US': US,
                'ZA': ME,
            },
            'cloudflare': {'all': US},
            'bunny': {'eu_na': US, 'asia_oceania': AP, 'south_america': SA, 'me_africa': ME, 'all': US},
            'other': {'global': US},
        },
    },
    {
        'card': {'name': 'Bunny volume', 'slug': 'bunny-volume', 'provider': 'bunny', 'currency': 'USD'},
        'version': {
            'gigabyte': 1_000_000_000,
            'request_unit': 10_000,
            'source': 'docs.bunny.net, volume network',
            'as_of': 'Snapshot of 2026',
            'confidence': 'medium',
            'notes': (
                'Above 2 PB the price is agreed by contact: the last slab goes on at the price of the one before '
                'and is marked as not published. Requests are free. That a gigabyte is 10^9 bytes is not confirmed.'
            ),
        },
        'prices': {
            'global': (
                [
                    ('500000', '0.005', True),
                    ('1000000', '0.004', True),
                    ('2000000', '0.003', True),
                    (None, '0.003', False),
                ],
                '0',
            ),
        },
        'mappings': {
            provider: dict.fromkeys([name for name, _label, _is_total in regions], 'global')
            for provider, regions in REGIONS.items()
        },
    },
    {
        'card': {'name': 'Bunny standard', 'slug': 'bunny-standard', 'provider': 'bunny', 'currency': 'USD'},
        'version': {
            'gigabyte': 1_000_000_000,
            'request_unit': 10_000,
            'source': 'docs.bunny.net, standard network',
            'as_of': 'Undated snapshot',
            'confidence': 'low',
            'notes': 'Requests are free. That a gigabyte is 10^9 bytes is not confirmed.',
        },
        'prices': {
            'eu_na': (open_tier('0.01'), '0'),
            'asia_oceania': (open_tier('0.03'), '0'),
            'south_america': (open_tier('0.045'), '0'),
            'me_africa': (open_tier('0.06'), '0'),
        },
        'mappings': {
            'fastly': {
                'africa_std': 'me_africa',
                'anzac': 'asia_oceania',
                'asia': 'asia_oceania',
                'asia_india': 'asia_oceania',
                'asia_southkorea': 'asia_oceania',
                'europe': 'eu_na',
                'latam': 'south_america',
                'mexico': 'eu_na',
                'southamerica_std': 'south_america',
                'usa': 'eu_na',
                'all': 'eu_na',
            },
            'cloudfront': {
                'AP': 'asia_oceania',
                'AU': 'asia_oceania',
                'CA': 'eu_na',
                'EU': 'eu_na',
                'IN': 'asia_oceania',
                'JP': 'asia_oceania',
                'ME': 'me_africa',
                'SA': 'south_america',
                'US': 'eu_na',
                'ZA': 'me_africa',
            },
            'cloudflare': {'all': 'eu_na'},
            'bunny': {
                'eu_na': 'eu_na',
                'asia_oceania': 'asia_oceania',
                'south_america': 'south_america',
                'me_africa': 'me_africa',
                'all': 'eu_na',
            },
            'other': {'global': 'eu_na'},
        },
    },
]


def add(apps, schema_editor):
    Region, RateCard, RateCardVersion, RateTier, RegionMapping = (
        apps.get_model('sponsors', name)
        for name in ('Region', 'RateCard', 'RateCardVersion', 'RateTier', 'RegionMapping')
    )
    regions = {}
    for provider, named in REGIONS.items():
        for name, label, is_total in named:
            regions[provider, name], _ = Region.objects.get_or_create(
                provider=provider, name=name, defaults={'label': label, 'is_total': is_total}
            )
    for given in CARDS:
        card, is_new = RateCard.objects.get_or_create(slug=given['card']['slug'], defaults=given['card'])
        if not is_new:
            continue
        version = RateCardVersion.objects.create(
            card=card, number=1, valid_from=date(2020, 1, 1), **given['version']
        )
        RateTier.objects.bulk_create(
            RateTier(
                version=version,
                metric=metric,
                region=region,
                position=position,
                up_to=up_to and Decimal(up_to),
                rate=Decimal(rate),
                is_published=is_published,
            )
            for region, (slabs, request_rate) in given['prices'].items()
            for metric, tiers in (('bandwidth', slabs), ('requests', open_tier(request_rate)))
            for position, (up_to, rate, is_published) in enumerate(tiers, start=1)
        )
        RegionMapping.objects.bulk_create(
            RegionMapping(card=card, region=regions[provider, name], card_region=card_region)
            for provider, mapped in given['mappings'].items()
            for name, card_region in mapped.items()
        )


class Migration(migrations.Migration):
    dependencies = [('sponsors', '0009_watch_and_energy')]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
