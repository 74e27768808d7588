select
    profiles.institution_name,
    profiles.cluster as delivered_cluster,
    clusters.cluster as reference_cluster
from {{ ref('stg_institution_profiles__indicator_values') }} as profiles
inner join {{ ref('int_institution_references_resolved') }} as refs
    on refs.source_system = 'institution_profiles'
    and refs.reference_key = {{ institution_reference_key(dbh_code='profiles.dbh_code', name='profiles.institution_name') }}
    and refs.reference_date = {{ yearly_figures_date('profiles.year') }}
left join {{ ref('institution_cluster') }} as clusters
    on refs.institution_key = clusters.institution_key
    and clusters.valid_to is null
where coalesce(profiles.cluster, 0) <> coalesce(clusters.cluster, 0)
group by profiles.institution_name, profiles.cluster, clusters.cluster
